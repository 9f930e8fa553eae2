//! A real browser without a window, driven by the protocol of its developer tools over two pipes.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// No answer takes this long.
const LIMIT: Duration = Duration::from_secs(60);

/// How long it may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What it is called, by who packages it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Gives the protocol's pipes, which are the descriptors 3 and 4, as standard input and output.
const PIPES: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

/// Why there is none; `None` when there is.
pub(crate) fn missing() -> Option<String> {
    program().is_none().then(|| format!("there is no browser on the PATH: none of {}", NAMES.join(", ")))
}

fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let dirs: Vec<PathBuf> = env::split_paths(&path).collect();
    NAMES.iter().flat_map(|name| dirs.iter().map(move |dir| dir.join(name))).find(|program| program.is_file())
}

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    pipe: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    calls: u64,
    events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// Starts it, with an empty page.
    pub(crate) fn start() -> Self {
        let profile = tempfile::Builder::new().prefix("browser-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut child = Command::new("/bin/sh")
            .args(["-c", PIPES])
            .arg(program().unwrap())
            // Without a sandbox, because root cannot have one; it opens nothing but what the tests wrote.
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .arg("--remote-debugging-pipe")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (pipe, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let (sender, messages) = channel();
        thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                if sender.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    return;
                }
            }
        });
        let events = Vec::new();
        let mut browser = Self { child, pipe, messages, session: None, calls: 0, events, _profile: profile };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let page = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", page);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Calls a method of the protocol.
    #[track_caller]
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let mut message = json!({"id": self.calls, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.pipe.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut answer = self.receive(method);
            if answer["id"] == self.calls {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    #[track_caller]
    fn receive(&self, what: &str) -> Value {
        self.messages.recv_timeout(LIMIT).unwrap_or_else(|error| panic!("the browser does not answer {what}: {error}"))
    }

    /// Opens a file, with what comes after its name in the address, and waits until it is there.
    #[track_caller]
    pub(crate) fn open(&mut self, file: &Path, hash: &str) {
        // Another hash alone would load nothing.
        for address in ["about:blank".to_owned(), format!("file://{}{hash}", file.display())] {
            let before = self.events.len();
            self.call("Page.navigate", json!({"url": address}));
            while !self.events[before..].iter().any(|event| event["method"] == "Page.loadEventFired") {
                let event = self.receive("Page.navigate");
                self.events.push(event);
            }
            self.until("document.readyState === 'complete'");
        }
    }

    /// What an expression of JavaScript is, when it has settled.
    #[track_caller]
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.call("Runtime.evaluate", parameters);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn until(&mut self, expression: &str) {
        let begun = Instant::now();
        while self.value(expression) != true {
            assert!(begun.elapsed() < LIMIT, "never true: {expression}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Presses a key: a character, `Tab` or `Enter`.
    #[track_caller]
    pub(crate) fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            character => (0, character),
        };
        let key = json!({"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
        self.call("Input.dispatchKeyEvent", key.clone());
        let mut up = key;
        up["type"] = "keyUp".into();
        self.call("Input.dispatchKeyEvent", up);
    }

    /// Clicks on the middle of what a selector finds first.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        let place = self.value(&format!(
            "(() => {{
                const found = document.querySelector({selector:?});
                found.scrollIntoView({{block: 'center'}});
                const {{x, y, width, height}} = found.getBoundingClientRect();
                return {{x: x + width / 2, y: y + height / 2}};
            }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": place["x"], "y": place["y"], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// The size of the window.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// The medium, `screen` or `print`, and the colours, `light` or `dark`, that are wished for.
    pub(crate) fn show_as(&mut self, medium: &str, colors: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": colors}]);
        self.call("Emulation.setEmulatedMedia", json!({"media": medium, "features": features}));
    }

    /// What it complained about since it was asked last: errors of scripts, whatever they wrote to the
    /// console, and what policies forbade.
    pub(crate) fn complaints(&mut self) -> Vec<Value> {
        // What it has to say of scripts that ran comes before the answer to this.
        self.value("0");
        let is_one = |event: &Value| {
            let methods = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"];
            methods.iter().any(|method| event["method"] == *method)
        };
        self.events.drain(..).filter(is_one).collect()
    }
}

impl Drop for Browser {
    /// Lets it go by itself, so that none of its processes writes into the profile that is removed next.
    fn drop(&mut self) {
        let _ = self.pipe.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let begun = Instant::now();
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) && begun.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
