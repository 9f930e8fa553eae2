//! A door to an API server that counts who goes through it.

use std::{
    io::{BufRead, BufReader, Write},
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
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let (server, kept) = (server.clone(), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, kept) = (server.clone(), Arc::clone(&kept));
                thread::spawn(move || serve(&server, stream, &kept, delay));
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

/// Ends with the connection.
fn serve(server: &Server, mut stream: TcpStream, seen: &Mutex<Vec<String>>, delay: Duration) {
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
        seen.lock().unwrap().push(format!("{method} {path}"));
        thread::sleep(delay);
        let (code, body) = api.pass_on(method, path);
        let head =
            format!("HTTP/1.1 {code} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_err() {
            return;
        }
    }
}
