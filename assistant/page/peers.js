// Each request names the process that this page was loaded from, as others may take it in.
(() => {
  const plain = window.fetch;
  window.fetch = (asked, options) => {
    const request = new Request(asked, options);
    if (new URL(request.url).origin !== location.origin) return plain(asked, options);
    request.headers.set('X-Assistant-Process', 'MARK');
    return plain(request);
  };
})();
