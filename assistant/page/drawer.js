// The drawer of conversations: opened by its button, closed by the same, Escape, or a choice; searched as text is typed.
(() => {
  const opened = () => document.body.classList.contains('drawn');
  const button = () => document.querySelector('[data-drawer]');

  function turn(open) {
    document.body.classList.toggle('drawn', open);
    button()?.setAttribute('aria-expanded', String(open));
    const field = document.querySelector('#earlier input');
    if (!open || !field) return;
    field.value = '';
    search('');
    setTimeout(() => field.focus(), 50); // once it is shown
  }

  function search(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const item of document.querySelectorAll('#earlier li')) {
      const said = item.dataset.said.toLowerCase();
      item.hidden = !words.every((word) => said.includes(word));
      found += !item.hidden;
    }
    document.querySelector('#earlier .note').hidden = found > 0;
  }

  document.addEventListener('click', (event) => {
    if (event.target.closest?.('[data-drawer]')) {
      if (!opened()) window.assistantChat();
      turn(!opened());
    } else if (opened() && (event.target.closest?.('#earlier [data-conversation], #forget') || !event.target.closest?.('#conversations'))) {
      turn(false);
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !opened()) return;
    turn(false);
    button()?.focus();
  });
  document.addEventListener('input', (event) => {
    const field = event.target.closest?.('#earlier input[type=search]');
    if (field) search(field.value);
  });
})();
