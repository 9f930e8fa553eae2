//! `verify -o html` in a real browser.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{browser::Browser, kubectl::Kubectl, plan::Plan};

pub(super) fn add(plan: &mut Plan) {
    plan.browser("verify::page::findings_are_filtered_and_opened", filter);
    plan.browser("verify::page::the_address_keeps_the_filter", address);
    plan.browser("verify::page::it_fits_a_phone", phone);
    plan.browser("verify::page::everything_is_reached_by_the_keyboard", keyboard);
    plan.browser("verify::page::what_is_quoted_is_inert", inert);
    plan.browser("verify::page::what_is_printed_is_open", print);
    plan.browser("verify::page::it_reads_without_scripts", without_scripts);
    plan.browser("verify::page::text_stands_out_in_light_and_dark", contrast);
    plan.browser("verify::page::complaints_of_the_browser_are_heard", complaints);
    plan.local("verify::page::it_says_on_what_and_when_the_run_was", source);
    plan.local("verify::page::of_many_tenants_the_worst_are_drawn", picture);
}

/// What would run, if it were markup.
const EVIL: &str = "</script><img src=x onerror='window.owned = 1'><script>window.owned = 1</script>";

/// A tenant whose SeldonConfig and Server are called so.
fn tenant(namespace: &str, name: &str) -> String {
    let name = json!(name);
    format!(
        "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: runtime
  namespace: {namespace}
spec:
  seldonConfig: {name}
  overrides:
  - name: seldon-scheduler
    replicas: 2
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{serverConfig: mlserver}}
"
    )
}

/// The page of two tenants, and the report that it shows.
struct Shown {
    _dir: TempDir,
    page: PathBuf,
    report: Value,
}

impl Shown {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        for (namespace, config) in [("fin", "default"), ("risk", EVIL)] {
            fs::write(dir.path().join(format!("{namespace}.yaml")), tenant(namespace, config)).unwrap();
        }
        let tenants = ["--tenant=fin", "--tenant=risk", "-f", ".", "-o", "json", "-o", "html=page.html"];
        let output = Kubectl::new().dir(dir.path()).seldon([&["verify"], tenants.as_slice()].concat()).ends_with(1);
        let page = dir.path().join("page.html");
        Self { page, report: serde_json::from_str(&output.stdout).unwrap(), _dir: dir }
    }

    /// `SCS0204 fin` for each result that is so, sorted.
    fn results(&self, is_one: impl Fn(&Value) -> bool) -> Vec<String> {
        let all = self.report["findings"].as_array().unwrap().iter().filter(|finding| is_one(finding));
        let mut all: Vec<String> = all
            .map(|one| {
                let object = &one["object"];
                let own = object["namespace"].as_str().or(object["name"].as_str()).unwrap();
                format!("{} {}", one["rule"].as_str().unwrap(), own)
            })
            .collect();
        all.sort();
        all
    }
}

fn is_listed(finding: &Value) -> bool {
    finding["result"] != "pass" && finding["result"] != "not-applicable"
}

fn fails(finding: &Value) -> bool {
    finding["result"] == "fail"
}

/// The page of these tenants, from standard output. The second half has no scheduler of its own.
fn printed(tenants: &[String]) -> String {
    let dir = TempDir::new().unwrap();
    let mut arguments = vec!["verify".to_owned(), "-f".to_owned(), "a".to_owned(), "-o".to_owned(), "html".to_owned()];
    fs::create_dir(dir.path().join("a")).unwrap();
    for (index, name) in tenants.iter().enumerate() {
        let replicas = if index < tenants.len() / 2 { "replicas: 2" } else { "replicas: 0" };
        let manifests = tenant(name, &format!("{name}-own")).replace("replicas: 2", replicas);
        fs::write(dir.path().join(format!("a/{name}.yaml")), manifests).unwrap();
        arguments.push(format!("--tenant={name}"));
    }
    Kubectl::new().dir(dir.path()).seldon(arguments).ends_with(1).stdout
}

fn source() {
    let page = printed(&["fin".to_owned()]);
    assert!(page.contains("<dt>Manifests</dt><dd>a</dd>"), "{page}");
    let when = "<time datetime=\"2026-01-01T00:00:00Z\">1 January 2026, 00:00 UTC</time>";
    assert!(page.contains(when), "{page}");
    assert!(page.starts_with("<!doctype html>\n") && page.ends_with("</html>\n"), "{page}");
}

/// What is drawn is known by the names of Servers.
fn picture() {
    let tenants: Vec<String> = (0..8).map(|number| format!("t{number}")).rev().collect();
    let page = printed(&tenants);
    let drawn = page.split_once("<svg").unwrap().1.split_once("</svg>").unwrap().0;
    let drawn: Vec<&String> = tenants.iter().filter(|name| drawn.contains(&format!("{name}-own"))).collect();
    assert_eq!(drawn, ["t7", "t6", "t5", "t4", "t1", "t0"], "the worst first, then by name");
    assert!(page.contains("the 6 of 8 tenants with the most errors"), "{page}");
    assert!(!printed(&tenants[..2]).contains("with the most errors"));
}

/// What of it is to be seen on the page.
fn seen(browser: &mut Browser) -> Vec<String> {
    let seen = browser.value(
        "[...document.querySelectorAll('.finding')].filter((one) => one.checkVisibility())
            .map((one) => `${one.dataset.rule} ${one.closest('.group').dataset.group.split(' ')[0]}`).sort()",
    );
    serde_json::from_value(seen).unwrap()
}

fn choose(browser: &mut Browser, id: &str, value: &str) {
    browser.value(&format!(
        "{{ const list = document.getElementById('{id}'); list.value = '{value}';
           list.dispatchEvent(new Event('input', {{bubbles: true}})); }}"
    ));
}

fn write(browser: &mut Browser, text: &str) {
    for letter in text.chars() {
        browser.press(&letter.to_string());
    }
}

#[track_caller]
fn has_no_complaint(browser: &mut Browser) {
    let complaints = browser.complaints();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

fn filter(browser: &mut Browser) {
    let shown = Shown::new();
    browser.open(&shown.page, "");
    let (all, failing) = (shown.results(is_listed), shown.results(fails));
    assert!(failing.len() > 4 && failing.len() < all.len(), "{failing:?}");
    assert_eq!(seen(browser), failing, "at first the findings are shown");

    browser.press("/");
    assert_eq!(browser.value("document.activeElement.id"), "search");
    write(browser, "SCS0204 risk");
    assert_eq!(seen(browser), ["SCS0204 risk"]);
    let count = browser.value("document.querySelector('[role=status]').textContent");
    assert_eq!(count, format!("1 of {} shown, {} hidden by the filter", all.len(), all.len() - 1));

    let opened = ".finding:not([hidden])[data-rule=SCS0204]";
    assert_eq!(browser.value("document.querySelectorAll('.finding[open]').length"), 0);
    browser.click(&format!("{opened} summary"));
    browser.until("document.querySelectorAll('.finding[open]').length === 1");
    let text = browser.value(&format!("document.querySelector('{opened} .body').innerText"));
    for part in ["risk.yaml:9:5", "- name: seldon-scheduler", "/spec/overrides/0", "How to fix", "replicas: 0"] {
        assert!(text.as_str().unwrap().contains(part), "{part} is not in {text}");
    }
    browser.click(&format!("{opened} .body a"));
    browser.until("document.activeElement.closest('details')?.id === 'rule-SCS0204'");
    assert_eq!(browser.value("document.getElementById('rule-SCS0204').open"), true);
    assert_eq!(seen(browser), ["SCS0204 risk"], "a place on the page is no filter");
    let rules = browser
        .value("[...document.querySelectorAll('.rule')].filter((one) => one.checkVisibility()).map((one) => one.id)");
    assert_eq!(rules, json!(["rule-SCS0204"]));
    has_no_complaint(browser);
}

fn address(browser: &mut Browser) {
    let shown = Shown::new();
    browser.open(&shown.page, "");
    choose(browser, "level", "info");
    choose(browser, "group", "fin");
    let infos = |one: &Value| fails(one) && one["level"] == "info" && one["object"]["namespace"] == "fin";
    let infos = shown.results(infos);
    assert!(!infos.is_empty());
    assert_eq!(seen(browser), infos);
    let hash = browser.value("location.hash");
    assert_eq!(hash, "#level=info&group=fin");
    browser.open(&shown.page, hash.as_str().unwrap());
    assert_eq!(seen(browser), infos);
    browser.click("[type=reset]");
    browser.until("location.hash === ''");
    assert_eq!(seen(browser), shown.results(fails));

    browser.click(".tile.error a");
    browser.until("document.activeElement.id === 'findings'");
    assert_eq!(seen(browser), shown.results(|one| fails(one) && one["level"] == "error"));
    browser.value("document.activeElement.blur()");
    browser.click(".numbers a[href$=risk]");
    browser.until("document.activeElement.id === 'findings'");
    let of_risk =
        |one: &Value| is_listed(one) && (one["object"]["namespace"] == "risk" || one["object"]["name"] == "risk");
    assert_eq!(seen(browser), shown.results(of_risk));
    browser.value("history.back()");
    browser.until("document.getElementById('level').value === 'error'");
    assert_eq!(seen(browser), shown.results(|one| fails(one) && one["level"] == "error"));
    browser.open(&shown.page, "#level=none&nothing=%");
    assert_eq!(seen(browser), shown.results(fails), "what no list offers is not chosen");
    has_no_complaint(browser);
}

fn phone(browser: &mut Browser) {
    let shown = Shown::new();
    for width in [320, 360, 768, 1200] {
        browser.resize(width, 740);
        browser.open(&shown.page, "#result=");
        browser.value("for (const one of document.querySelectorAll('details')) one.open = true");
        let root = "document.documentElement";
        let fits = browser.value(&format!("{root}.scrollWidth <= {root}.clientWidth"));
        assert_eq!(fits, true, "{width} pixels are not enough");
    }
    has_no_complaint(browser);
}

fn keyboard(browser: &mut Browser) {
    let shown = Shown::new();
    browser.open(&shown.page, "");
    let mut reached = Vec::new();
    while reached.last().is_none_or(|last| last != "finding") {
        assert!(reached.len() < 60, "{reached:?}");
        browser.press("Tab");
        let name = browser.value(
            "(() => { const at = document.activeElement;
                return at.id || at.closest('.finding')?.className || at.className || at.localName; })()",
        );
        reached.push(name.as_str().unwrap().to_owned());
    }
    assert_eq!(reached[0], "skip");
    for control in ["search", "result", "level", "group", "rule", "toggle"] {
        assert!(reached.iter().any(|name| name == control), "{control} is not among {reached:?}");
    }
    let outline = browser.value("getComputedStyle(document.activeElement).outlineStyle");
    assert_eq!(outline, "solid", "where the focus is can be seen");
    browser.press("Enter");
    browser.until("document.activeElement.parentElement.open");
    let landmarks = browser.value(
        "['header', 'main', 'footer', '[role=search]', '[role=status]'].every((one) => document.querySelector(one))",
    );
    assert_eq!(landmarks, true);
    let unnamed = browser.value(
        "[...document.querySelectorAll('section, [role=region], input, select')]
            .filter((one) => !one.labels?.length && !one.ariaLabel && !one.matches('.group')
                && !document.getElementById(one.getAttribute('aria-labelledby')))
            .map((one) => one.outerHTML.slice(0, 80))",
    );
    assert_eq!(unnamed, json!([]), "everything has a name");
    has_no_complaint(browser);
}

fn inert(browser: &mut Browser) {
    let shown = Shown::new();
    browser.open(&shown.page, "#result=");
    browser.value("for (const one of document.querySelectorAll('details')) one.open = true");
    assert_eq!(
        browser.value("[typeof window.owned, document.images.length, document.scripts.length]"),
        json!(["undefined", 0, 1])
    );
    assert_eq!(browser.value("document.querySelector('main').textContent.includes('<img src=x onerror=')"), true);
    let picture = "document.querySelector('.picture > div').shadowRoot";
    let drawn =
        browser.value(&format!("['svg', 'img', 'script'].map((one) => {picture}.querySelectorAll(one).length)"));
    assert_eq!(drawn, json!([1, 0, 0]));
    assert_eq!(browser.value(&format!("{picture}.textContent.includes('</script>')")), true);
    assert_eq!(browser.value("performance.getEntriesByType('resource').length"), 0, "nothing is loaded");
    has_no_complaint(browser);
}

fn print(browser: &mut Browser) {
    let shown = Shown::new();
    browser.open(&shown.page, "");
    browser.value("addEventListener('beforeprint', () => { window.closed_ones = document.querySelectorAll('details:not([open])').length })");
    let pdf = browser.call("Page.printToPDF", json!({"printBackground": true}));
    assert!(pdf["data"].as_str().unwrap().len() > 10_000);
    assert_eq!(browser.value("window.closed_ones"), 0);
    browser.until("document.querySelectorAll('details[open]').length === 0");
    // Without the script, by the style alone.
    browser.show_as("print", "dark");
    let heights =
        browser.value("[...document.querySelectorAll('.finding:not([hidden]) .body')].map((one) => one.offsetHeight)");
    assert!(heights.as_array().unwrap().iter().all(|height| height.as_u64() > Some(0)), "{heights}");
    assert_eq!(browser.value("document.getElementById('search').checkVisibility()"), false);
    assert_eq!(browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    has_no_complaint(browser);
}

fn without_scripts(browser: &mut Browser) {
    let shown = Shown::new();
    browser.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    browser.open(&shown.page, "");
    assert_eq!(seen(browser), shown.results(is_listed));
    assert_eq!(browser.value("document.getElementById('search').checkVisibility()"), false);
    browser.click(".finding summary");
    browser.until("document.querySelector('.finding').open");
}

fn contrast(browser: &mut Browser) {
    let shown = Shown::new();
    for colors in ["light", "dark"] {
        browser.show_as("screen", colors);
        browser.open(&shown.page, "#result=");
        browser.value("for (const one of document.querySelectorAll('details')) one.open = true");
        let weak = browser.value(WEAK);
        assert_eq!(weak, json!([]), "{colors}");
        has_no_complaint(browser);
    }
}

/// The elements whose text has less contrast than WCAG's level AA asks of small text.
const WEAK: &str = "(() => {
    const parts = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = (element) => {
        const color = parts(getComputedStyle(element).backgroundColor);
        return color[3] === 0 ? ground(element.parentElement) : color;
    };
    const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const ratio = (element) => {
        const [a, b] = [light(parts(getComputedStyle(element).color)), light(ground(element))];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };
    return [...document.body.querySelectorAll('*')]
        .filter((element) => element.checkVisibility() && hasText(element) && ratio(element) < 4.5)
        .map((element) => `${element.outerHTML.slice(0, 80)}: ${ratio(element)}`);
})()";

/// That a page which is not as it should be would be noticed.
fn complaints(browser: &mut Browser) {
    let dir = TempDir::new().unwrap();
    let mut heard = |name: &str, page: &str| {
        let file: &Path = &dir.path().join(name);
        fs::write(file, page).unwrap();
        browser.open(file, "");
        browser.complaints().len()
    };
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">";
    assert_eq!(heard("good.html", policy), 0);
    assert!(heard("policy.html", &format!("{policy}<script>1</script>")) > 0);
    assert!(heard("image.html", &format!("{policy}<img src=x>")) > 0);
    assert!(heard("throws.html", "<script>absent()</script>") > 0);
    assert!(heard("console.html", "<script>console.error('x')</script>") > 0);
}
