// What happens in the browser alone: numbers lead to sources, marks to checks; copies and files; the key of the owner.
(() => {
  const store = {
    get: (name) => { try { return localStorage.getItem(`assistant.${name}`) || ''; } catch { return ''; } },
    set: (name, value) => { try { localStorage.setItem(`assistant.${name}`, value); } catch { /* private mode: kept for this visit */ } },
  };
  const tab = { // of this tab alone; it outlives a reload
    get: (name) => { try { return sessionStorage.getItem(`assistant.${name}`) || ''; } catch { return ''; } },
    set: (name, value) => { try { sessionStorage.setItem(`assistant.${name}`, value); } catch { /* as above */ } },
  };
  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

  function show(element, focus = element) {
    if (!element) return;
    element.closest('details')?.setAttribute('open', '');
    const behavior = still() ? 'auto' : 'smooth';
    const side = element.closest('#right'); // beside the chat it scrolls by itself, and the page stays where it is
    if (side && getComputedStyle(side).position === 'sticky') {
      const [edge, wanted, whole] = [side, element, focus].map((each) => each.getBoundingClientRect());
      const fits = wanted.bottom - whole.top < side.clientHeight - 16; // then its title is in view too
      side.scrollTo({ top: side.scrollTop - edge.top + (fits ? whole.top - 8 : wanted.top - side.clientHeight / 3), behavior });
    } else {
      element.scrollIntoView({ block: 'center', behavior });
    }
    focus.focus({ preventScroll: true });
  }

  function light(elements) {
    for (const old of document.querySelectorAll('.lit')) old.classList.remove('lit');
    for (const element of elements) element?.classList.add('lit');
  }

  function current(turn) { // the evidence of this turn
    for (const panel of document.querySelectorAll('[data-panel]')) panel.toggleAttribute('data-current', panel.dataset.panel === turn);
  }

  const beside = () => getComputedStyle(document.getElementById('right') || document.body).position === 'sticky';

  // the evidence beside the chat is that of the turn of which most is in view
  let due = false;
  addEventListener('scroll', () => {
    hide();
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      if (!beside() || document.querySelector('.note-editor:not([hidden])')) return; // what is typed stays in view
      const edge = document.getElementById('composer')?.getBoundingClientRect().top || innerHeight;
      let best = 0;
      let read = null;
      for (const turn of document.querySelectorAll('#thread .turn')) {
        const { top, bottom } = turn.getBoundingClientRect();
        const seen = Math.min(bottom, edge) - Math.max(top, 0);
        if (seen > best) [best, read] = [seen, turn];
      }
      if (read) current(read.dataset.turn);
    });
  }, { passive: true });

  // a number that is pointed at or focused shows its quote in a card
  const card = document.createElement('div');
  card.id = 'peek';
  card.setAttribute('role', 'tooltip');
  card.hidden = true;

  function hide() {
    if (card.hidden) return;
    card.hidden = true;
    document.querySelector('[aria-describedby=peek]')?.removeAttribute('aria-describedby');
  }

  function peek(button) {
    const source = document.getElementById(button.dataset.source);
    if (!source) return;
    const line = (name, text) => Object.assign(document.createElement(name), { textContent: text, dir: 'auto' });
    const turn = source.closest('[data-panel]').dataset.panel;
    const quotes = (button.dataset.quotes || '').split(' ').filter(Boolean)
      .map((at) => document.getElementById(`quote-${turn}-${at}`)?.textContent).filter(Boolean);
    card.replaceChildren(line('strong', source.querySelector('h3').lastChild.textContent), ...quotes.slice(0, 3).map((quote) => line('q', quote)));
    if (!card.isConnected) document.querySelector('.gradio-container').append(card);
    card.hidden = false;
    button.setAttribute('aria-describedby', 'peek');
    const at = button.getBoundingClientRect();
    card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - card.offsetWidth - 8))}px`;
    const above = at.top - card.offsetHeight - 8;
    card.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  }
  document.addEventListener('mouseover', (event) => {
    const button = event.target.closest?.('button.cite');
    if (button) peek(button);
    else if (!event.target.closest?.('#peek')) hide();
  });
  document.addEventListener('focusin', (event) => {
    if (event.target.matches?.('button.cite:focus-visible')) peek(event.target);
    else hide();
  });
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });

  // keys: none of them does anything while text is typed
  const keys = [
    ['/', 'Ask a question'],
    ['← →', 'From one number of an answer to the next'],
    ['Enter', 'On a number: to the quote; back by "Back to the sentence"'],
    ['Esc', 'Leave the editing of a question, close a card'],
    ['?', 'Show these keys'],
  ];
  function help() {
    let dialog = document.getElementById('keys');
    if (!dialog) {
      dialog = document.createElement('dialog');
      dialog.id = 'keys';
      const made = (name, text, ...inside) => {
        const element = document.createElement(name);
        element.textContent = text;
        element.append(...inside);
        return element;
      };
      const list = made('dl', '', ...keys.flatMap(([key, what]) => [
        made('dt', '', ...key.split(' ').map((each) => made('kbd', each))), made('dd', what)]));
      const close = Object.assign(made('button', 'Close'), { type: 'button', className: 'act', onclick: () => dialog.close() });
      const title = Object.assign(made('h2', 'Keys'), { id: 'keys-title' });
      dialog.setAttribute('aria-labelledby', 'keys-title');
      dialog.append(title, list, close);
      document.querySelector('.gradio-container').append(dialog);
    }
    dialog.showModal();
  }

  function along(button, step) { // from a number to the next one of the conversation
    const every = [...document.querySelectorAll('#thread button.cite')].filter((each) => each.offsetParent);
    const next = every[every.indexOf(button) + step];
    if (!next) return;
    next.scrollIntoView({ block: 'nearest' });
    next.focus();
    setTimeout(() => { if (document.activeElement === next) peek(next); }, 60); // what scrolls hides the card
  }

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = event.target;
    if (at.matches?.('input, textarea, select, [contenteditable]') || document.querySelector('dialog[open]')) return;
    const sideways = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === '/') {
      window.assistantChat();
      setTimeout(() => box()?.focus(), 50); // the tab comes into view first
    } else if (event.key === '?') help();
    else if (sideways && at.matches?.('button.cite')) along(at, sideways);
    else return;
    event.preventDefault();
  });

  let opened = ''; // the paper whose row was clicked last
  let from = ''; // the sentence whose number was clicked last

  function cite(button) {
    const source = document.getElementById(button.dataset.source);
    if (!source) return;
    const turn = source.closest('[data-panel]').dataset.panel;
    current(turn);
    from = button.closest('.claim, .turn')?.id;
    const quotes = (button.dataset.quotes || '').split(' ').filter(Boolean).map((place) => document.getElementById(`quote-${turn}-${place}`));
    light([source, ...quotes]);
    show(quotes[0] || source, source);
  }

  function back() {
    const sentence = document.getElementById(from);
    show(sentence, sentence?.querySelector('.cite') || sentence);
  }

  function check(button) {
    const row = document.getElementById(button.dataset.check);
    light([row]);
    show(row);
  }

  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no clipboard without https: the old way
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
      button.focus();
    }
    say(button, 'Copied');
  }

  function say(button, word) {
    const before = button.textContent;
    if (before === word) return;
    button.textContent = word;
    setTimeout(() => { button.textContent = before; }, 1500);
  }

  function dress(dark) {
    document.body.classList.toggle('dark', dark);
  }

  document.addEventListener('click', (event) => {
    const opener = event.target.closest?.('#table [data-paper]');
    if (opener) opened = opener.dataset.paper;
    const turned = event.target.closest?.('#tabs button[role=tab]');
    if (turned && !arriving) {
      const kind = nameOf(turned);
      const id = kind === 'chat' ? (turns().length ? chosen : '') : kind === 'library' ? document.getElementById('paper')?.dataset.paper : '';
      address(kind, id);
    }
    const topic = event.target.closest?.('#map [data-topic]');
    if (topic) address('topic', topic.dataset.topic);
    const button = event.target.closest?.('[data-source], [data-back], [data-check], [data-copy], [data-theme], [data-keys], [data-list]');
    if (!button) return;
    if ('source' in button.dataset) cite(button);
    else if ('back' in button.dataset) back();
    else if ('list' in button.dataset) {
      show(document.querySelector(`#table [data-paper="${CSS.escape(opened)}"]`) || document.querySelector('#table .open'));
    }
    else if ('check' in button.dataset) check(button);
    else if ('copy' in button.dataset) copy(button);
    else if ('keys' in button.dataset) help();
    else {
      const dark = !document.body.classList.contains('dark');
      store.set('theme', dark ? 'dark' : 'light');
      dress(dark);
    }
  });
  // ticks belong to papers: gradio changes the rows of the table in place, so another paper would take over the box of one that left
  let picked = new Set();
  const repicked = () => {
    const boxes = [...document.querySelectorAll('#table [data-pick]')];
    picked = new Set(boxes.map((box) => box.dataset.pick).filter((id) => picked.has(id)));
    for (const box of boxes) box.checked = picked.has(box.dataset.pick);
    const line = document.querySelector('#table .picked');
    if (!line) return;
    if (line.hidden !== !picked.size) line.hidden = !picked.size;
    for (const button of line.querySelectorAll('button')) {
      button.dataset.papers = [...picked].join(' ');
      const word = { sources: 'Ask', compare: 'Compare', picked: 'Remove' }[button.dataset.act];
      const said = picked.size ? `${word} ${picked.size} ${picked.size === 1 ? 'paper' : 'papers'}` : word;
      if (button.textContent !== said) button.textContent = said;
    }
  };
  document.addEventListener('change', (event) => {
    if (!event.target.matches?.('[data-pick]')) return;
    picked[event.target.checked ? 'add' : 'delete'](event.target.dataset.pick);
    repicked();
  });
  new MutationObserver((changes) => {
    for (const { target, attributeName } of changes) if (attributeName === 'data-use') target.checked = target.defaultChecked;
    if (changes.some(({ target }) => target.closest?.('#table'))) repicked();
  }).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ['data-pick', 'data-use', 'hidden'],
  });
  document.addEventListener('change', (event) => { // the sources of an answer that it may rest on where it is asked again
    if (!event.target.matches?.('[data-use]')) return;
    const panel = event.target.closest('[data-panel]');
    const boxes = [...panel.querySelectorAll('[data-use]')];
    const off = boxes.filter((box) => !box.checked).map((box) => box.dataset.use);
    const line = panel.querySelector('.use-line');
    line.hidden = boxes.every((box) => box.checked === box.defaultChecked);
    const again = line.querySelector('button');
    again.textContent = off.length ? `Ask again without ${off.length} ${off.length === 1 ? 'paper' : 'papers'}` : 'Ask again with all papers';
    for (const button of [again, document.querySelector(`#turn-${panel.dataset.panel} .acts [data-act=retry]`)]) {
      if (button) button.dataset.without = off.join(' ');
    }
  });
  document.addEventListener('mouseover', (event) => {
    const pointed = event.target.closest?.('.dot, .label');
    const note = document.getElementById('pointed');
    if (pointed && note) note.textContent = pointed.querySelector('title').textContent;
  });
  const begin = () => {
    const theme = store.get('theme');
    if (theme) dress(theme === 'dark');
    let last = ''; // a new turn comes into view where it would not be; while it is written nothing moves
    let moved = 0; // when the person scrolled last
    for (const kind of ['wheel', 'touchmove', 'keydown']) addEventListener(kind, () => { moved = Date.now(); }, { passive: true });
    const place = (turn) => {
      const seen = turn.getBoundingClientRect();
      if (turn.isConnected && (seen.top < 0 || seen.bottom > innerHeight - 140)) turn.scrollIntoView({ block: 'start' });
    };
    new MutationObserver(() => {
      const turn = [...document.querySelectorAll('#left .turn')].pop();
      const began = Date.now();
      if (turn && turn.id !== last && (last || turn.id === 'draft')) { // a page that is opened stays at its top
        place(turn);
        setTimeout(() => { if (moved < began) place(turn); }, 250); // what stands above it may still grow
      }
      last = turn ? turn.id : '';
    }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['id'] });
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin);
  else begin();

  window.assistantKey = () => {
    const key = store.get('key') || random();
    store.set('key', key);
    return key;
  };
  // an answer to a question that comes before the page has its key and conversation would be kept nowhere: the question waits
  let own = false;
  let waiting = false;
  const wait = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = true;
  };
  document.addEventListener('click', (event) => { if (!own && event.target.closest?.('#ask')) wait(event); }, true);
  document.addEventListener('keydown', (event) => {
    if (!own && event.key === 'Enter' && !event.shiftKey && event.target === box()) wait(event);
  }, true);
  window.assistantOwn = (key, id) => {
    own = true;
    if (waiting) setTimeout(() => document.getElementById('ask')?.click());
    if (key) store.set('key', key);
    choose(id);
    const [kind, other] = arrive();
    if (kind === 'chat' && other && other !== id) history.replaceState(null, '', '#chat'); // of another browser, or deleted
  };
  window.assistantChosen = () => {
    const [kind, id] = place();
    return (kind === 'chat' && id) || tab.get('chosen') || store.get('chosen');
  };
  function choose(id) {
    chosen = id;
    tab.set('chosen', id);
    veil();
  }
  window.assistantHeld = choose; // a first question has its conversation before the answer comes, and a reload asks for it
  window.assistantTurned = (id) => { // to what the address named before; a further address may stand there by now
    choose(id);
    store.set('chosen', id);
  };
  window.assistantKeep = (id) => {
    window.assistantTurned(id);
    const [kind, other] = place();
    if (turns().length) address('chat', id);
    else if (kind === 'chat' && other) address('chat', ''); // one without a question is kept nowhere
  };

  // a tab, a conversation, a paper and a topic have an address each, by which they are opened again: #library/ID
  let arriving = false;
  const nameOf = (each) => each.textContent.trim().toLowerCase();
  function place() {
    return location.hash.slice(1).split('/').map((part) => { try { return decodeURIComponent(part); } catch { return ''; } });
  }
  function address(kind, id) {
    const hash = `#${[kind, id].filter(Boolean).map(encodeURIComponent).join('/')}`;
    if (location.hash !== hash) history.pushState(null, '', hash);
  }
  function arrive() {
    const [kind, id] = place();
    const wanted = kind === 'topic' ? 'chat' : kind || 'chat';
    const found = [...document.querySelectorAll('#tabs button[role=tab]')].find((each) => nameOf(each) === wanted);
    arriving = true;
    if (found && found.getAttribute('aria-selected') !== 'true') found.click();
    arriving = false;
    return [kind || 'chat', id || ''];
  }
  addEventListener('popstate', () => {
    const [kind, id] = arrive();
    if (kind === 'chat' && id !== (turns().length ? chosen : '')) document.getElementById('turn-to')?.click();
    else if (id && (kind === 'topic' || (kind === 'library' && id !== document.getElementById('paper')?.dataset.paper))) {
      document.getElementById('come')?.click();
    }
  });
  window.assistantPlace = () => place().join('/');

  // how to answer outlives a reload
  const choices = ['pages', 'dates', 'topic', 'only', 'fields', 'mode', 'papers', 'flow', 'writer', 'threshold'];
  const told = tab.get('choices'); // as it was before the page fills in what holds where nothing is chosen
  let settled = false;
  window.assistantTold = () => told;
  window.assistantChose = (...how) => {
    if (settled) tab.set('choices', JSON.stringify(Object.fromEntries(choices.map((name, at) => [name, how[at]]))));
  };
  window.assistantSettled = (...how) => {
    settled = true;
    window.assistantChose(...how);
    if (place()[0] === 'library') window.assistantShowPaper();
  };

  // Nothing is lost: what was under way when the page was left, the question that is edited, what another tab did.
  let chosen = '';
  let editing = '';
  const box = () => document.querySelector('#question textarea');
  const turns = () => [...document.querySelectorAll('#thread .turn')];
  // a question that is being answered stands below the turn that it was asked behind, in the version that it was asked in
  const veil = () => {
    const draft = document.querySelector('#draft[data-after]');
    if (!draft) return;
    const elsewhere = draft.dataset.after !== (turns().pop()?.dataset.turn || '') || draft.dataset.conversation !== chosen;
    if (draft.hidden !== elsewhere) draft.hidden = elsewhere;
  };
  new MutationObserver(veil).observe(document.documentElement, { childList: true, subtree: true });

  window.assistantTell = (id) => { // the conversation changed here; other tabs of the browser hear of it
    window.assistantKeep(id);
    store.set('changed', `${id} ${random()}`);
  };
  window.assistantForgotten = (key, id) => {
    const before = chosen;
    window.assistantKeep(id);
    if (before) store.set('changed', `${before} ${random()}`);
  };
  addEventListener('storage', (event) => {
    if (event.key !== 'assistant.changed' || event.newValue?.split(' ')[0] !== chosen) return;
    if (!editing && !document.querySelector('#draft[data-going]')) document.getElementById('refresh')?.click();
  });
  addEventListener('pagehide', () => {
    const draft = document.querySelector('#draft'); // also one without an answer: it is offered again, however often the page is loaded
    tab.set('left', JSON.stringify({
      chosen,
      last: turns().pop()?.dataset.turn || '',
      going: (!draft?.hidden && draft?.dataset.question) || '',
      instead: draft?.dataset.instead || '',
      box: box()?.value || '',
      editing,
    }));
  });
  window.assistantLeft = () => tab.get('left');
  window.assistantEditing = (id) => {
    editing = id;
    const note = document.querySelector('#edited .editing');
    const edited = id && document.getElementById(`turn-${id}`);
    for (const turn of turns()) turn.classList.toggle('edited', turn === edited);
    if (!note) return;
    note.hidden = !id;
    const place = turns().indexOf(edited);
    const later = turns().length - place - 1;
    const kept = later ? ` It and the ${later === 1 ? 'question' : `${later} questions`} after it stay as an earlier version.` : ' It stays as an earlier version.';
    note.querySelector('span').textContent = id ? `Editing question ${place + 1}.${kept}` : '';
    if (id) setTimeout(() => { // once the question is in the box
      box()?.focus();
      box()?.setSelectionRange(box().value.length, box().value.length);
    }, 50);
  };
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && editing && event.target === box()) document.querySelector('#edited [data-act=leave]')?.click();
  });
  window.assistantChat = () => document.querySelector('#tabs button[role=tab]')?.click();
  window.assistantShowPaper = () => {
    const paper = document.getElementById('paper');
    if (!paper || !paper.offsetParent) return;
    address('library', paper.dataset.paper);
    const pane = paper.closest('#reading'); // beside the list it scrolls by itself, and the row stays where it is
    if (pane && getComputedStyle(pane).position === 'sticky') pane.scrollTo({ top: 0 });
    else paper.scrollIntoView({ block: 'start', behavior: still() ? 'auto' : 'smooth' });
    paper.focus({ preventScroll: true });
  };
  window.assistantShowReport = () => {
    document.querySelector('#files-report .undo')?.scrollIntoView({ block: 'nearest', behavior: still() ? 'auto' : 'smooth' });
  };
  window.assistantHand = (file) => {
    if (!file || !file.name) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([file.content], { type: file.name.endsWith('.json') ? 'application/json' : 'text/plain' }));
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
})();
