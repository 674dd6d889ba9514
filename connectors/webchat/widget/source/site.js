// The script tag: which site, which relay, which options (data-…).

const tag = document.currentScript;
const options = tag.dataset;
const SITE = options.site;
const RELAY = new URL(options.relay || ".", tag.src);

/** An address of the relay for this site. */
function address(path, parameters = {}) {
  const url = new URL(`v1/${path}`, RELAY);
  url.search = new URLSearchParams({ site: SITE, ...parameters });
  return url.href;
}

/** The page as the agent may see it: a one-time link's secret is never part of it. */
function pageAddress() {
  return location.href.replace(/[#&]omnitui=[^&]*/, "");
}
