//! A door to an API server that counts who goes through it, and does not let everybody pass.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use super::control_plane::Server;

/// A plain HTTP server that passes requests without a body on, as the administrator.
pub(crate) struct Proxy {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// In front of a server, each request delayed.
    pub(crate) fn start(server: &Server, delay: Duration) -> Self {
        Self::with_faults(server, delay, |_| Fault::None)
    }

    /// The same, with what goes wrong with a request, of which the function gets `METHOD PATH?QUERY`.
    pub(crate) fn with_faults(
        server: &Server,
        delay: Duration,
        faults: impl Fn(&str) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let (server, kept, faults) = (server.clone(), Arc::clone(&seen), Arc::new(faults));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, kept, faults) = (server.clone(), Arc::clone(&kept), Arc::clone(&faults));
                thread::spawn(move || serve(&server, stream, &kept, delay, &*faults));
            }
        });
        Self { url, seen }
    }

    /// `METHOD PATH?QUERY` of every request since the last call, sorted.
    pub(crate) fn requests(&self) -> Vec<String> {
        let mut seen = std::mem::take(&mut *self.seen.lock().unwrap());
        seen.sort();
        seen
    }
}

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The list comes in pages of one object.
    Paged,
    /// A refusal with this status, and this header if any.
    Refused(u16, &'static str),
    /// The API server's own words for a kind that it does not serve.
    NotServed,
    /// No answer, as long as somebody waits for one.
    Silence,
    /// The answer is cut in the middle by a reset.
    Reset,
    /// The answer comes a few bytes a second.
    Trickle,
}

/// Ends with the connection.
fn serve(
    server: &Server,
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    delay: Duration,
    faults: &dyn Fn(&str) -> Fault,
) {
    let api = server.api();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let request = format!("{method} {path}");
        let fault = faults(&request);
        seen.lock().unwrap().push(request);
        thread::sleep(delay);
        let (code, header, body) = match fault {
            Fault::Silence => return wait_for_end(&mut reader),
            Fault::Refused(code, header) => (code, header, format!("the door answers {code}").into_bytes()),
            Fault::NotServed => (404, "", b"404 page not found\n".to_vec()),
            Fault::None | Fault::Paged | Fault::Reset | Fault::Trickle => {
                let path =
                    if matches!(fault, Fault::Paged) { path.replace("limit=500", "limit=1") } else { path.into() };
                let (code, body) = api.pass_on(method, &path);
                (code, "content-type: application/json", body)
            }
        };
        let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
        let head = format!("HTTP/1.1 {code} -\r\n{header}content-length: {}\r\n\r\n", body.len());
        let written = stream.write_all(head.as_bytes()).and_then(|()| match fault {
            // What was sent and not read makes the kernel reset the connection.
            Fault::Reset => {
                stream.write_all(&body[..body.len() / 2]).and_then(|()| Err(io::ErrorKind::ConnectionReset.into()))
            }
            Fault::Trickle => body.chunks(4).try_for_each(|chunk| {
                thread::sleep(Duration::from_millis(500));
                stream.write_all(chunk)
            }),
            _ => stream.write_all(&body),
        });
        if written.is_err() {
            return;
        }
    }
}

/// Until whoever asked gives up.
fn wait_for_end(reader: &mut impl BufRead) {
    let mut rest = String::new();
    while reader.read_line(&mut rest).is_ok_and(|read| read > 0) {
        rest.clear();
    }
}
