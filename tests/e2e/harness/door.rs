//! A connection that dies.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// A door to a server that is slammed on everybody.
pub(crate) struct Door {
    /// `https://127.0.0.1:PORT`
    pub(crate) url: String,
    open: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Door {
    /// Before the server of a URL.
    pub(crate) fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let target = server.trim_start_matches("https://").to_owned();
        let (open, streams) = (Arc::new(AtomicBool::new(true)), Arc::<Mutex<Vec<TcpStream>>>::default());
        let (is_open, kept) = (Arc::clone(&open), Arc::clone(&streams));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if !is_open.load(Ordering::Relaxed) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&target) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    kept.lock().unwrap().push(from.try_clone().unwrap());
                    thread::spawn(move || pass_on(from, to));
                }
            }
        });
        Self { url, open, streams }
    }

    /// Ends all connections, and lets nobody in.
    pub(crate) fn slam(&self) {
        self.open.store(false, Ordering::Relaxed);
        for stream in self.streams.lock().unwrap().iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Slowly, so that there is a middle.
fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 16384];
    while let Ok(length) = from.read(&mut buffer) {
        let sent: io::Result<()> = buffer.get(..length).map_or(Ok(()), |bytes| to.write_all(bytes));
        if length == 0 || sent.is_err() {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
}
