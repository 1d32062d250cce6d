// Formulas by KaTeX, which is fetched with the first of them; as MathML, which needs neither fonts nor styles.
(() => {
  const options = { output: 'mathml', throwOnError: true, trust: false, strict: 'ignore', maxExpand: 200, maxSize: 20 };
  // a formula that hides, moves or redefines its words would show others than those that were checked: it stays text
  const disguised =
    /(?<!\\)%|\\@|\\(?:[egx]?def|let|futurelet|global|long|(?:re)?newcommand|providecommand|[hv]?phantom|smash|(?:math)?[clr]lap|(?:text)?color|f?colorbox|tiny|[hm]?kern|[hm]skip|hspace|raisebox|rule|char|mathchoice|TextOrMath)(?![A-Za-z])/;
  let fetched;

  function library() {
    fetched ??= new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = `${window.gradio_config.root}/katex.js`;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return fetched;
  }

  async function draw() {
    const waiting = [...document.querySelectorAll('.math:not([data-drawn])')].filter((each) => !disguised.test(each.title));
    if (!waiting.length) return;
    for (const each of waiting) each.dataset.drawn = '';
    try {
      await library();
    } catch { // the text with indices stays
      fetched = undefined;
      return;
    }
    for (const each of waiting) {
      const drawn = document.createElement('span');
      try {
        window.katex.render(each.title, drawn, options);
        each.replaceChildren(...drawn.childNodes);
      } catch { /* no TeX of KaTeX: as above */ }
    }
  }

  new MutationObserver(draw).observe(document, { childList: true, subtree: true });
})();
