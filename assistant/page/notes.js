// Notes on quoted passages: the editor is opened, filled and closed here; what is typed outlives a page that is shown anew.
(() => {
  let left = null; // the button of the source whose notes were changed, and the name of the source
  let open = null; // where the open editor stands, and what was typed into it
  const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

  function close(focus) {
    const editor = document.querySelector('.note-editor:not([hidden])');
    open = null;
    if (!editor) return;
    editor.hidden = true;
    const add = editor.parentElement.querySelector('[data-note-new]');
    add.hidden = false;
    if (focus) add.focus();
  }

  function show(source, { note, place, text }) {
    const editor = document.querySelector(`#${CSS.escape(source)} .note-editor`);
    if (!editor) return;
    const [box, choice, save] = ['textarea', 'select', '[data-act=note]'].map((each) => editor.querySelector(each));
    editor.hidden = false;
    editor.parentElement.querySelector('[data-note-new]').hidden = true;
    box.value = text;
    if (choice) {
      choice.value = place || choice.value;
      choice.parentElement.hidden = Boolean(note); // a note stays on its passage
    }
    Object.assign(save.dataset, { note: note || '', text, place: place || (choice ? choice.value : save.dataset.place) });
    open = { source, note, place: save.dataset.place, text };
    box.focus();
    editor.scrollIntoView({ block: 'nearest', behavior: still() ? 'auto' : 'smooth' });
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('.notes button');
    if (!button) return;
    const source = button.closest('.source');
    if ('noteNew' in button.dataset) {
      close();
      const lit = source.querySelector('mark.lit'); // the quote that was looked at
      show(source.id, { note: '', place: lit ? lit.id.split('-').pop() : '', text: '' });
    } else if ('noteEdit' in button.dataset) {
      close();
      show(source.id, { note: button.dataset.noteEdit, place: button.dataset.place, text: button.parentElement.querySelector('p').lastChild.textContent });
    } else if ('noteLeave' in button.dataset) close(true);
    else { // the sources are shown anew, and the focus comes back
      left = [source.querySelector('[data-note-new]'), source.id];
      close();
    }
  });
  const typed = (event) => {
    const editor = event.target.closest?.('.note-editor');
    if (!editor || !open) return;
    const choice = editor.querySelector('select');
    open.text = editor.querySelector('textarea').value;
    if (choice) open.place = choice.value;
    Object.assign(editor.querySelector('[data-act=note]').dataset, { text: open.text, place: open.place });
  };
  document.addEventListener('input', typed);
  document.addEventListener('change', typed);
  document.addEventListener('keydown', (event) => {
    const editor = event.target.closest?.('.note-editor');
    if (!editor) return;
    if (event.key === 'Escape') close(true);
    else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) editor.querySelector('[data-act=note]').click();
  });
  new MutationObserver(() => {
    const add = left && !left[0].isConnected && document.querySelector(`#${CSS.escape(left[1])} [data-note-new]`);
    if (add) {
      left = null;
      if (document.activeElement === document.body) add.focus({ preventScroll: true });
    }
    if (open?.text && !document.querySelector('.note-editor:not([hidden])')) show(open.source, open); // as where an answer came
  }).observe(document, { childList: true, subtree: true });
})();
