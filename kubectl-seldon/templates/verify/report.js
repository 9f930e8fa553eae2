"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const [form, search, count, toggle] = ["filter", "search", "count", "toggle"].map(find);
  const selects = ["result", "level", "group", "rule"].map(find);
  const controls = [search, ...selects];
  const initial = (control) => control.dataset.initial ?? "";
  const sections = Array.from(document.querySelectorAll(".group"), (element) => ({
    element,
    items: Array.from(element.querySelectorAll(".finding"), (finding) => ({ finding, text: "" })),
  }));
  const items = sections.flatMap((section) => section.items);
  const rules = Array.from(document.querySelectorAll(".rule"));

  const textOf = (item, section) => {
    item.text ||= `${section.element.dataset.group} ${item.finding.textContent}`.toLowerCase();
    return item.text;
  };
  const hide = (element, hidden) => {
    if (element.hidden !== hidden) element.hidden = hidden;
  };

  const apply = () => {
    const [result, level, group, rule] = selects.map((select) => select.value);
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shownRules = new Set();
    let shown = 0;
    for (const section of sections) {
      const isMeant = !group || section.element.dataset.group === group;
      let own = 0;
      for (const item of section.items) {
        const { dataset } = item.finding;
        const fits =
          isMeant &&
          (!result || dataset.result === result) &&
          (!level || dataset.level === level) &&
          (!rule || dataset.rule === rule) &&
          words.every((word) => textOf(item, section).includes(word));
        hide(item.finding, !fits);
        if (fits) {
          own += 1;
          shownRules.add(`rule-${dataset.rule}`);
        }
      }
      hide(section.element, own === 0);
      shown += own;
    }
    for (const one of rules) hide(one, !shownRules.has(one.id));
    const left = items.length - shown;
    count.textContent = `${shown} of ${items.length} shown` + (left ? `, ${left} hidden by the filter` : "");
  };

  const keep = () => {
    const kept = new URLSearchParams();
    for (const control of controls) {
      if (control.value !== initial(control)) kept.set(control.id, control.value);
    }
    history.replaceState(null, "", `#${kept}`);
  };
  const reset = () => {
    for (const control of controls) control.value = initial(control);
  };

  const reveal = (id) => {
    const target = find(id);
    if (target?.matches("details")) {
      target.open = true;
      target.querySelector("summary").focus({ preventScroll: true });
      target.scrollIntoView();
    }
  };
  // A hash with a `=` is a filter, any other one a place on the page.
  const isFilter = () => location.hash.includes("=");
  const restore = () => {
    if (!isFilter()) {
      reveal(decodeURIComponent(location.hash.slice(1)));
      return;
    }
    const kept = new URLSearchParams(location.hash.slice(1));
    reset();
    for (const control of controls) {
      if (kept.has(control.id)) control.value = kept.get(control.id);
    }
    for (const select of selects) {
      if (select.selectedIndex < 0) select.value = initial(select);
    }
    apply();
  };

  form.addEventListener("input", () => {
    apply();
    keep();
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    reset();
    apply();
    keep();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  toggle.addEventListener("click", () => {
    const shown = items.filter((item) => !item.finding.hidden && !item.finding.closest("[hidden]"));
    const open = shown.some((item) => !item.finding.open);
    for (const item of shown) item.finding.open = open;
    toggle.textContent = open ? "Collapse all" : "Expand all";
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });
  window.addEventListener("hashchange", () => {
    restore();
    if (isFilter()) find("findings").focus();
  });

  // What is printed is open, and afterwards as it was.
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = Array.from(document.querySelectorAll("details:not([open])"));
    for (const one of closed) one.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });

  form.hidden = false;
  reset();
  restore();
  apply();
})();
