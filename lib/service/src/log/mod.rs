//! Events as JSON lines in the process's own file; warnings and errors also in words for the operator.

mod line;

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use logfile::RotatingFile;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use line::Line;

/// Sends all events of level info and above to `<directory>/<service>.log` from now on. Where that cannot be opened, the
/// warnings alone are shown: an intruder who spoils a service's log must not keep the site from starting.
pub(crate) fn to_directory(service: &str, directory: &Path) -> io::Result<()> {
    let file = RotatingFile::open(directory, service);
    let file = file.inspect_err(|why| warn(&format!("there will be no log: {}: {why}", directory.display()))).ok();
    let writer = Writer { service: service.into(), file: file.map(Mutex::new) };
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(writer)).map_err(io::Error::other)?;
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a task panicked")));
    Ok(())
}

struct Writer {
    service: Arc<str>,
    file: Option<Mutex<RotatingFile>>,
}

impl<S: Subscriber> Layer<S> for Writer {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= Level::INFO
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let line = Line::of(event, rpc::request::current());
        if let Some(file) = &self.file {
            let json = line.as_json(&self.service);
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(why) = file.append(&json) {
                // A full disk must not stop the service, nor pass without a word.
                warn(&format!("the log cannot be written: {why}"));
            }
        }
        if *event.metadata().level() <= Level::WARN {
            let _ = writeln!(io::stderr(), "{}", line.in_words());
        }
    }
}

/// For the operator; where nobody reads, nothing is left to tell.
fn warn(words: &str) {
    let _ = writeln!(io::stderr(), "warning: {words}");
}
