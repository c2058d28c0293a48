//! Debian's nginx as zookd's neighbour: the same files, the same upstream, the same user, as many workers.

use std::fmt::Write;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use harness::{Process, Site};
use rustix::process::{Pid, Signal, kill_process};

/// As many as zookd has.
const WORKERS: u32 = 2;
/// Longest wait until it listens.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running nginx. Dropping it stops it.
pub(super) struct Nginx {
    process: Child,
    plain: SocketAddr,
    remembering: SocketAddr,
}

impl Nginx {
    /// Serves the files below `files`, and proxies the rest to the pages of `site`.
    ///
    /// The pages let only zookd's user in, so nginx runs as that one, and gets a second name of their socket where that user
    /// can reach it.
    pub(super) fn start(site: &Site, files: &Path) -> anyhow::Result<Self> {
        let user = site.user_of("zookd");
        let home = site.jail().with_file_name("nginx");
        fs::create_dir(&home)?;
        chown(&home, Some(user), Some(user))?;
        let pages = home.join("pages");
        fs::hard_link(site.jail().join("sockets/dynamic_svc/sock"), &pages).context("a second name for a socket")?;
        let (plain, remembering) = (free_address()?, free_address()?);
        let mut text = global(&home, &pages);
        server(&mut text, plain, files, "");
        server(&mut text, remembering, files, "open_file_cache max=256; open_file_cache_valid 1s;");
        text.push_str("}\n");
        let conf = home.join("nginx.conf");
        fs::write(&conf, text)?;
        let process = Command::new("setpriv")
            .args([format!("--reuid={user}"), format!("--regid={user}")])
            .args(["--clear-groups", "--pdeathsig=TERM", "--", "nginx", "-e", "stderr", "-p"])
            .arg(&home)
            .arg("-c")
            .arg(&conf)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("setpriv cannot be started")?;
        let mut nginx = Self { process, plain, remembering };
        nginx.wait_until_it_listens()?;
        Ok(nginx)
    }

    /// Opens a file anew for each request, as nginx does where nobody says otherwise.
    pub(super) fn plain(&self) -> SocketAddr {
        self.plain
    }

    /// Keeps files open for a second, as zookd does.
    pub(super) fn remembering(&self) -> SocketAddr {
        self.remembering
    }

    /// The workers; their master does nothing.
    pub(super) fn pids(&self) -> Vec<u32> {
        Process::descendants(self.process.id()).iter().map(|worker| worker.pid).collect()
    }

    fn wait_until_it_listens(&mut self) -> anyhow::Result<()> {
        let begin = Instant::now();
        while TcpStream::connect(self.remembering).is_err() {
            if self.process.try_wait()?.is_some() || begin.elapsed() > PATIENCE {
                bail!("nginx does not start; if it is missing: apt-get install nginx-light");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // On SIGTERM the master ends its workers before itself. One that has ended already needs no signal.
        if let (Ok(None), Some(pid)) = (self.process.try_wait(), Pid::from_raw(self.process.id().cast_signed())) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.process.wait();
    }
}

/// Everything up to the servers.
fn global(home: &Path, pages: &Path) -> String {
    let mut text = format!(
        "daemon off;
worker_processes {WORKERS};
pid {home}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000000;
    upstream pages {{ server unix:{pages}; keepalive 32; keepalive_requests 1000000000; }}
",
        home = home.display(),
        pages = pages.display(),
    );
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    {kind}_temp_path {}/{kind};", home.display());
    }
    text
}

/// A server on an address of its own. It tells the pages about the visitor what zookd tells them.
fn server(text: &mut String, address: SocketAddr, files: &Path, more: &str) {
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "    server {{
        listen {address} backlog=1024;
        {more}
        location /zoobar/media/ {{ root {files}; }}
        location / {{
            proxy_pass http://pages;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
            proxy_set_header Host $http_host;
            proxy_set_header X-Request-Id $request_id;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
",
        files = files.display(),
    );
}

/// A port that nobody listens on. Somebody else may take it before nginx does; then nginx says so.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
