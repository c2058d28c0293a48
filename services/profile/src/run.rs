//! Running a profile's program: its token, its two ends of a connection, its outcome.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use auth_api::{BeginRun, Begun, EndRun, ProgramDigest, Token};
use profile_api::api_server::Serve;
use profile_api::{Error, Sight, chosen_python};
use rpc::{CallError, request};
use sandbox_api::{Outcome, Run};

use crate::profile::{Profiles, refused, unavailable};
use crate::shelf::PastRun;

/// For a run's waiting (10 s at the most), the longest run that zook.conf can allow (9 s), and its commit. Whoever hears that
/// his visit came to nothing must be able to rely on it: no run begins after that.
const RUN_SECONDS: u32 = 20;
const TIME: Duration = Duration::from_secs(RUN_SECONDS as u64);
/// The API server ends by itself after [`RUN_SECONDS`]; this much later it is given up.
const GRACE: Duration = Duration::from_secs(2);
/// Most that is shown of a run's output, in bytes. Written as JSON it may be six times as long, and has to fit in a message.
const MAX_OUTPUT: usize = 128 * 1024;

impl Profiles {
    /// Runs the program of `owner`'s profile before the visitor whose session this is.
    pub(crate) async fn run(&self, session: Token, owner: String, program: String) -> Result<Sight, Error> {
        let Begun { visitor, run: token } = self.begin(session, &owner, &program).await?;
        let run = Serve { owner, visitor, token: token.clone(), seconds: RUN_SECONDS, calls: None };
        let outcome = self.in_the_sandbox(&run, &program).await;
        // Whatever became of the run, its token ends with it.
        self.end(token);
        let outcome = outcome?;
        self.record(&run.owner, &run.visitor, &outcome);
        Ok(shown(outcome))
    }

    async fn begin(&self, session: Token, owner: &str, text: &str) -> Result<Begun, Error> {
        let wanted = BeginRun { token: session, owner: owner.to_owned(), program: ProgramDigest::of(text) };
        self.callees.auth.call(&wanted).await.map_err(|why| refused("auth did not begin a run", why))
    }

    /// One end of the program's only connection goes to the sandbox, the other to the API server, both at the same time.
    async fn in_the_sandbox(&self, of: &Serve, program: &str) -> Result<Outcome, Error> {
        let _place = self.running.take(&of.visitor).ok_or(Error::Busy)?;
        // The guest's end closes with this function, which is how the API server hears that it is over.
        let (guest, api) = UnixStream::pair().map_err(|why| unavailable("no connection for a run", &why))?;
        self.serve(of.clone(), api)?;
        // Browsers send forms with both characters at the end of a line.
        let code = program.replace("\r\n", "\n");
        let python = chosen_python(program).map(str::to_owned);
        let run = Run { owner: of.owner.clone(), visitor: of.visitor.clone(), code, python, limits: None };
        match self.callees.sandbox.with_deadline(TIME).call_with_descriptor(&run, guest.as_fd()).await {
            Ok(ran) => Ok(ran.outcome),
            Err(CallError::Refused(sandbox_api::Error::Busy)) => Err(Error::Busy),
            Err(why) => Err(unavailable("the sandbox did not run a program", &why)),
        }
    }

    /// Has the API server answer the program, until the connection ends. The page does not wait for that.
    fn serve(&self, run: Serve, connection: UnixStream) -> Result<(), Error> {
        let place = self.served.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let api = self.callees.api.with_deadline(TIME + GRACE);
        request::spawn(async move {
            if let Err(why) = api.call_with_descriptor(&run, connection.as_fd()).await {
                tracing::warn!(%why, owner = run.owner, "a program ran without its API");
            }
            drop(place);
        });
        Ok(())
    }

    /// Ends a run's token. The page does not wait for that either.
    fn end(&self, token: Option<Token>) {
        let Some(token) = token else { return };
        let auth = self.callees.auth.clone();
        request::spawn(async move {
            if let Err(why) = auth.call(&EndRun { token }).await {
                tracing::warn!(%why, "a run's token was not ended; it will not last for long");
            }
        });
    }

    fn record(&self, owner: &str, visitor: &str, outcome: &Outcome) {
        let shelf = self.shelf.clone();
        let (owner, run) = (owner.to_owned(), PastRun::of(visitor, outcome));
        request::spawn(async move {
            if let Err(why) = shelf.record(owner, run).await {
                tracing::warn!(%why, "a run was not written down");
            }
        });
    }
}

/// What the visitor sees.
fn shown(outcome: Outcome) -> Sight {
    let Outcome { mut output, mut remark, .. } = outcome;
    if output.len() > MAX_OUTPUT {
        output.truncate(output.floor_char_boundary(MAX_OUTPUT));
        remark.get_or_insert_with(|| "This profile printed more than is shown.".to_owned());
    }
    Sight::Run { text: output, remark }
}
