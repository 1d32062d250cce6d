"""An `Assistant` in; a chat that shows its evidence, the library, an HTTP API and MCP tools out.

Others use `check_installed`, `auth.door`, `auth.hashed`, `auth.proxies` and `app.serve`; the eval suite uses `reports`, `plots`,
`markup` and `store` too, which need no server.
"""

from importlib.util import find_spec

from assistant.errors import ConfigError

__all__ = ["check_installed"]


def check_installed() -> None:
    """Make sure that the packages of the extra `page` are there.

    Raises:
        ConfigError: one is missing.
    """
    missing = [name for name in ("fastapi", "gradio", "starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise ConfigError(f"the page needs {', '.join(missing)}; install with: pip install 'assistant[page]'")
