"""What a quantity is, and the words and units that quantities are written in.

Units are a table and not pint's: pint 0.25 takes 0.8 s to load and 0.4 ms to read "4.1 ms", the table a thousandth of that,
and pint knows neither points nor parameters nor "3.4x faster".
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["number", "count", "share", "points", "change", "ratio", "rank", "year", "money", "measure"]
Bound = Literal["plain", "exact", "about", "nearly", "more", "least", "less", "most", "up to", "range", "vague"]
Manner = Literal["", "more", "less", "faster", "slower"]
Role = Literal["", "from", "to", "part", "whole", "rest", "difference", "sum", "before"]

FINE = 1e-9
"""The step of computed values and of fractions, which have no last digit."""


class Quantity(NamedTuple):
    """A quantity that a text states: what may be true of the thing that it measures or counts lies between `low` and `high`."""

    kind: Kind
    """A `number` has neither unit nor noun; a `change` is relative, in per cent; `points` are a difference of percentages."""
    low: float
    high: float
    """In `unit`; equal where one value is stated, infinite where nothing bounds it."""
    start: int
    end: int
    """Offsets in the text, scale and unit included."""
    text: str
    """As written."""
    low_open: bool = False
    high_open: bool = False
    """Whether the end itself is left out: "more than 5"."""
    unit: str = ""
    """Canonical: "ms" for milliseconds, "%", "points", "x" for multiples, "$"; empty where there is none."""
    noun: str = ""
    """The noun that is counted, as its words in lower case: "hidden faults"."""
    bound: Bound = "plain"
    value: float = 0.0
    """The number that is written: 90,000 of "more than 90,000", the lower one of a range."""
    step: float = 1.0
    """The value of one unit of the last digit written: 0.1 for 57.6, 100,000 for 1.6M."""
    manner: Manner = ""
    """The direction of a multiple or a change, as far as the words beside it name one."""
    role: Role = ""
    """Place in a pair ("from" 61.2 "to" 73.9; 9 as "part" of 40 as "whole"), or what arithmetic made of one."""
    per: str = ""
    """The unit of time that a rate is per."""

    @property
    def roundness(self) -> float:
        """What the number seems to be rounded to: 100 of 300, 5 of 75, 1 of 76, 0.1 of 57.6."""
        if self.step <= FINE:
            return abs(self.value)
        if self.step < 1:
            return self.step  # a nought behind the point is no rounding
        digits = round(abs(self.value) / self.step) if abs(self.value) / self.step < 1e15 else 1
        unit = self.step
        while digits and digits % 10 == 0:
            digits, unit = digits // 10, unit * 10
        return unit * 5 if digits % 5 == 0 else unit


ONES = {word: at for at, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())}
_TEENS = {word: at for at, word in enumerate("thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 13)}
TENS = {word: 10 * at for at, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
SMALL = ONES | _TEENS | TENS
LARGE = {"dozen": 12, "score": 20, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
SCALES = {
    "hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12,
    "k": 3, "K": 3, "M": 6, "mn": 6, "bn": 9, "B": 9, "T": 12,
}  # fmt: skip
VAGUE = {
    "dozens": (24, 200), "hundreds": (200, 1000), "thousands": (2000, 10**6), "millions": (2 * 10**6, 10**9),
    "billions": (2 * 10**9, 10**12),
}  # fmt: skip
ORDINALS = {
    word: at
    for at, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 1)
}
NTHS = {
    "half": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
_FOLD = "twofold threefold fourfold fivefold sixfold sevenfold eightfold ninefold tenfold".split()
MULTIPLES: dict[str, float] = {
    **{word: 2 for word in "twice double doubles doubled doubling".split()},
    **{word: 3 for word in "thrice triple triples tripled tripling treble trebled".split()},
    **{word: 4 for word in "quadruple quadruples quadrupled quadrupling".split()},
    **{word: at for at, word in enumerate(_FOLD, 2)},
}
HALVES = frozenset("halve halves halved halving".split())

SPEEDS = {"mph": "h", "kph": "h", "kmh": "h", "knot": "h", "knots": "h", "kbps": "s", "Mbps": "s", "Gbps": "s"}
"""Units whose name says what unit of time they are per."""
_UNIT_NAMES = {
    "%": "% percent pct", "points": "point points pp", "x": "x X × times fold", "bit": "bit bits",
    "B": "byte bytes", "KB": "KB kB KiB kilobyte kilobytes", "MB": "MB MiB megabyte megabytes",
    "GB": "GB GiB gigabyte gigabytes", "TB": "TB TiB terabyte terabytes", "PB": "PB petabyte petabytes",
    "ns": "ns nanosecond nanoseconds", "us": "us µs μs microsecond microseconds", "ms": "ms msec millisecond milliseconds",
    "s": "s sec secs second seconds", "min": "min mins minute minutes", "h": "h hr hrs hour hours", "day": "d day days",
    "week": "week weeks", "month": "month months", "year": "year years yr yrs", "decade": "decade decades",
    "Hz": "Hz", "kHz": "kHz", "MHz": "MHz", "GHz": "GHz", "mW": "mW", "W": "W watt watts", "kW": "kW", "MW": "MW",
    "J": "J joule joules", "kJ": "kJ", "MJ": "MJ", "Wh": "Wh", "kWh": "kWh", "MWh": "MWh", "eV": "eV", "meV": "meV", "keV": "keV",
    "MeV": "MeV", "GeV": "GeV", "TeV": "TeV", "au": "au AU", "pc": "pc", "kpc": "kpc", "Mpc": "Mpc",
    "dB": "dB", "V": "V volt volts", "Pa": "Pa", "kPa": "kPa", "MPa": "MPa", "GPa": "GPa", "mmHg": "mmHg",
    "ppm": "ppm", "ppb": "ppb",
    "nm": "nm nanometer nanometers", "um": "um µm μm micron microns", "mm": "mm millimeter millimeters millimetre millimetres",
    "cm": "cm centimeter centimeters centimetre centimetres", "m": "m meter meters metre metres",
    "ug": "ug µg μg", "mg": "mg milligram milligrams",
    "g": "g gram grams", "kg": "kg kilogram kilograms", "t": "t tonne tonnes ton tons", "ul": "ul µl μl µL", "ml": "ml mL",
    "l": "l L liter liters litre litres", "mol": "mol", "mmol": "mmol", "mM": "mM", "uM": "uM µM μM",
    "°": "° degree degrees", "°C": "°C", "°F": "°F", "K": "kelvin kelvins", "FLOPs": "FLOP FLOPs FLOPS", "fps": "fps FPS",
    "MFLOPs": "MFLOPs MFLOPS", "GFLOPs": "GFLOPs GFLOPS", "TFLOPs": "TFLOPs TFLOPS", "PFLOPs": "PFLOPs PFLOPS",
    "in": "inch inches", "ft": "ft foot feet", "yd": "yd yard yards", "mi": "mi mile miles mph", "nmi": "nmi knot knots",
    "fathom": "fathom fathoms", "light-year": "lightyear lightyears", "km": "km kph kmh", "Å": "Å angstrom angstroms",
    "oz": "oz ounce ounces", "lb": "lb lbs pound pounds", "Mt": "Mt", "Gt": "Gt", "gal": "gallon gallons", "bbl": "barrel barrels",
    "pt": "pint pints", "m³": "m³", "m²": "m²", "km²": "km²", "ha": "ha hectare hectares", "ac": "acre acres",
    "cal": "cal calorie calories", "kcal": "kcal", "GWh": "GWh", "TWh": "TWh", "GW": "GW", "TW": "TW", "BTU": "BTU BTUs",
    "hp": "hp horsepower", "mV": "mV", "kV": "kV", "mA": "mA", "A": "amp amps ampere amperes", "ohm": "ohm ohms",
    "T": "tesla teslas", "N": "newton newtons",
    "hPa": "hPa", "mbar": "mbar", "psi": "psi", "atm": "atm", "Torr": "Torr torr", "lux": "lux lx",
    "lm": "lumen lumens", "rpm": "rpm", "bpm": "bpm", "kbps": "kbps", "Mbps": "Mbps", "Gbps": "Gbps", "Sv": "Sv sievert sieverts",
    "mSv": "mSv", "Bq": "Bq becquerel becquerels", "nM": "nM", "M": "molar", "IU": "IU", "rad": "rad radian radians",
    "arcsec": "arcsec arcsecond arcseconds", "arcmin": "arcmin arcminute arcminutes", "dpi": "dpi", "ppi": "ppi", "px": "px",
    "ps": "picosecond picoseconds", "fs": "femtosecond femtoseconds", "century": "century centuries",
}  # fmt: skip
_PREFIXES = {
    "nano": ("n", 1e-9), "micro": ("u", 1e-6), "milli": ("m", 1e-3), "centi": ("c", 1e-2), "deci": ("d", 0.1), "hecto": ("h", 100),
    "kilo": ("k", 1e3), "mega": ("M", 1e6), "giga": ("G", 1e9), "tera": ("T", 1e12),
}  # fmt: skip
_BASES = {
    "gram": "g", "metre": "m", "meter": "m", "litre": "l", "liter": "l", "watt": "W", "joule": "J", "volt": "V", "pascal": "Pa",
    "hertz": "Hz", "mole": "mol", "molar": "M", "calorie": "cal", "newton": "N", "tesla": "T", "ampere": "A", "amp": "A",
    "electronvolt": "eV", "parsec": "pc", "sievert": "Sv",
}  # fmt: skip
UNITS = {
    f"{prefix}{base}{many}": f"{sign}{unit}"
    for prefix, (sign, _) in ({"": ("", 1)} | _PREFIXES).items()
    for base, unit in _BASES.items()
    for many in ("", "s")
} | {name: unit for unit, names in _UNIT_NAMES.items() for name in names.split()}
"""Spellings of units; other words behind a number are no units, but what is counted."""
_DIMENSIONS = {
    unit: (dimension, factor)
    for dimension, units in {
        "time": {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "day": 86400, "week": 604800}
        | {"month": 86400 * 365.25 / 12, "year": 86400 * 365.25, "decade": 864000 * 365.25}
        | {"century": 8640000 * 365.25, "ps": 1e-12, "fs": 1e-15},
        "work of processors": {f"GPU {unit}": factor for unit, factor in {"h": 1, "day": 24, "week": 168, "month": 730.5}.items()}
        | {"GPU min": 1 / 60, "GPU s": 1 / 3600, "GPU year": 8766},
        "bytes": {"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15},
        "frequency": {"Hz": 1, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
        "power": {"mW": 1e-3, "W": 1, "kW": 1e3, "MW": 1e6, "GW": 1e9, "TW": 1e12, "hp": 745.7},
        "energy": {"J": 1, "kJ": 1e3, "MJ": 1e6, "GJ": 1e9, "Wh": 3600, "kWh": 3.6e6, "MWh": 3.6e9, "GWh": 3.6e12, "TWh": 3.6e15}
        | {"cal": 4.184, "kcal": 4184, "BTU": 1055.06},
        "operations": {"FLOPs": 1, "MFLOPs": 1e6, "GFLOPs": 1e9, "TFLOPs": 1e12, "PFLOPs": 1e15},
        "voltage": {"V": 1},
        "current": {"A": 1},
        "force": {"N": 1},
        "field": {"T": 1},
        "bits": {"kbps": 1e3, "Mbps": 1e6, "Gbps": 1e9},
        "dose": {"Sv": 1},
        "energy of particles": {"meV": 1e-3, "eV": 1, "keV": 1e3, "MeV": 1e6, "GeV": 1e9, "TeV": 1e12},
        "pressure": {"Pa": 1, "hPa": 1e2, "kPa": 1e3, "MPa": 1e6, "GPa": 1e9, "mbar": 1e2, "psi": 6894.76}
        | {"atm": 101325, "mmHg": 133.322, "Torr": 133.322},
        "length": {"nm": 1e-9, "um": 1e-6, "mm": 1e-3, "cm": 1e-2, "dm": 0.1, "m": 1, "km": 1e3, "Å": 1e-10}
        | {"in": 0.0254, "ft": 0.3048, "yd": 0.9144, "fathom": 1.8288, "mi": 1609.344, "nmi": 1852},
        "area": {"mm²": 1e-6, "cm²": 1e-4, "m²": 1, "km²": 1e6, "ha": 1e4, "ac": 4046.8564, "ft²": 0.09290304, "mi²": 2589988.11},
        "distance of stars": {"au": 4.8481368e-6, "pc": 1, "kpc": 1e3, "Mpc": 1e6},
        "mass": {"ug": 1e-6, "mg": 1e-3, "g": 1, "kg": 1e3, "t": 1e6, "Mt": 1e12, "Gt": 1e15}
        | {"ng": 1e-9, "oz": 28.349523, "lb": 453.59237},
        "volume": {"ul": 1e-6, "ml": 1e-3, "cl": 1e-2, "dl": 0.1, "l": 1, "hl": 100, "cm³": 1e-3, "m³": 1e3}
        | {"gal": 3.785412, "bbl": 158.987},
        "amount": {"mmol": 1e-3, "mol": 1},
        "concentration": {"nM": 1e-6, "uM": 1e-3, "mM": 1, "M": 1e3},
        "parts": {"ppb": 1e-3, "ppm": 1},
    }.items()
    for unit, factor in units.items()
}  # fmt: skip
DIMENSIONS = {
    f"{sign}{unit}": (_DIMENSIONS[unit][0], _DIMENSIONS[unit][1] * factor)
    for sign, factor in _PREFIXES.values()
    for unit in set(_BASES.values())
} | _DIMENSIONS
_CURRENCY_NAMES = {
    "$": "$ dollar dollars", "US $": "USD", "Australian $": "AUD", "Canadian $": "CAD", "€": "€ euro euros EUR",
    "£": "£ GBP", "¥": "¥", "Japanese ¥": "yen JPY", "Chinese ¥": "yuan renminbi RMB CNY", "franc": "franc francs",
    "Swiss franc": "CHF", "rupee": "₹ rupee rupees", "Indian rupee": "INR", "krona": "krona kronor krone kroner",
    "Swedish krona": "SEK", "Norwegian krona": "NOK", "Danish krona": "DKK", "peso": "peso pesos", "Mexican peso": "MXN",
    "real": "reais", "Brazilian real": "BRL", "rouble": "₽ rouble roubles ruble rubles", "zloty": "zloty zlotys PLN",
    "forint": "forint forints HUF", "koruna": "koruna korunas", "Czech koruna": "CZK", "lira": "₺ lira liras",
    "Turkish lira": "TRY",
    "shekel": "₪ shekel shekels ILS", "rand": "rand ZAR", "South Korean won": "₩ KRW", "baht": "฿ baht THB", "rupiah": "rupiah IDR",
    "ringgit": "ringgit MYR", "dirham": "dirham dirhams", "dinar": "dinar dinars", "riyal": "riyal riyals", "naira": "₦ naira NGN",
    "shilling": "shilling shillings", "taka": "taka BDT", "đồng": "dong VND", "cent": "cent cents ¢", "penny": "pence",
}  # fmt: skip
CURRENCIES = {name: unit for unit, names in _CURRENCY_NAMES.items() for name in names.split()}
"""Signs, names and codes of currencies; "Swiss franc" is a franc. Pounds are money or weight, as `reading` tells."""
HUNDREDTHS = {"cent": ("$", "€"), "penny": ("£",)}
"""Currencies and those that they are a hundredth of."""
LONG_TIMES = frozenset("day week month year decade".split())
