// The map comes nearer by its buttons, the wheel with Ctrl, and + and -; it is moved by dragging and by the arrows.
(() => {
  const whole = { x: 0, y: 0, width: 1000, height: 540 };
  const most = 16;
  let seen = { ...whole };
  let held = null; // where the pointer took hold of the map
  let dragged = false;

  const drawing = () => document.querySelector('#map .map svg');

  function show(svg) {
    seen.x = Math.max(0, Math.min(seen.x, whole.width - seen.width));
    seen.y = Math.max(0, Math.min(seen.y, whole.height - seen.height));
    svg.setAttribute('viewBox', `${seen.x} ${seen.y} ${seen.width} ${seen.height}`);
    const scale = seen.width / whole.width; // dots and labels keep their size
    svg.style.setProperty('--scale', scale);
    svg.toggleAttribute('data-near', scale < 1);
  }

  function at(svg, event) { // the place of the map under the pointer
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  }

  function zoom(svg, by, [x, y] = [seen.x + seen.width / 2, seen.y + seen.height / 2]) {
    const width = by ? Math.max(whole.width / most, Math.min(whole.width, seen.width / by)) : whole.width;
    const share = width / seen.width;
    seen = { x: x - (x - seen.x) * share, y: y - (y - seen.y) * share, width, height: seen.height * share };
    show(svg);
  }

  document.addEventListener('click', (event) => {
    const svg = drawing();
    const button = event.target.closest?.('#map [data-zoom]');
    if (svg && button) zoom(svg, Number(button.dataset.zoom));
    if (dragged && svg?.contains(event.target)) event.stopPropagation(); // the end of a drag opens nothing
    dragged = false;
  }, true);
  document.addEventListener('wheel', (event) => {
    const svg = event.target.closest?.('#map .map svg');
    if (!svg || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    zoom(svg, event.deltaY < 0 ? 1.25 : 0.8, at(svg, event));
  }, { passive: false });
  document.addEventListener('keydown', (event) => {
    const svg = drawing();
    if (!svg || event.target !== svg.parentElement || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const by = { '+': 2, '-': 0.5, 0: 0 }[event.key];
    if (by === undefined && !(way && seen.width < whole.width)) return;
    if (way) {
      seen.x += way[0] * seen.width / 8;
      seen.y += way[1] * seen.height / 8;
      show(svg);
    } else zoom(svg, by);
    event.preventDefault();
  });
  document.addEventListener('pointerdown', (event) => {
    dragged = false;
    const svg = event.target.closest?.('#map .map svg');
    if (svg && seen.width < whole.width && event.button === 0) held = at(svg, event);
  });
  document.addEventListener('pointermove', (event) => {
    const svg = drawing();
    if (!held || !svg) return;
    const [x, y] = at(svg, event);
    if (!dragged && Math.hypot(x - held[0], y - held[1]) < seen.width / 200) return;
    dragged = true;
    seen.x += held[0] - x;
    seen.y += held[1] - y;
    show(svg);
  });
  addEventListener('pointerup', () => { held = null; });
  new MutationObserver(() => { // a map that is drawn anew is seen as a whole
    const svg = drawing();
    if (svg && !svg.dataset.drawn) {
      svg.dataset.drawn = 'yes';
      seen = { ...whole };
    }
  }).observe(document, { childList: true, subtree: true });
})();
