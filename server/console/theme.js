// Light, dark, or as the system says. Runs before the page is drawn, so that it never flashes; what
// the button does is in main.js.
(() => {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();
