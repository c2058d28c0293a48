//! Running a profile's program: its token, its two ends of a connection, its outcome.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use auth_api::{BeginRun, EndRun, ProgramDigest, Token};
use profile_api::api_server::Serve;
use profile_api::{Error, Sight, chosen_python};
use rpc::CallError;
use sandbox_api::{Outcome, Run};

use crate::profile::{Profiles, unavailable};
use crate::shelf::PastRun;

/// For a run and its waiting. A visitor does not wait for longer.
const RUN_SECONDS: u32 = 10;
/// The API server ends by itself after [`RUN_SECONDS`]; this much later it is given up.
const GRACE: Duration = Duration::from_secs(2);
/// Most that is shown of a run's output, in bytes. Written as JSON it may be six times as long, and has to fit in a message.
const MAX_OUTPUT: usize = 128 * 1024;

impl Profiles {
    /// Runs the program of `owner` for `visitor`.
    pub(crate) async fn run(&self, owner: String, visitor: String, program: String) -> Result<Sight, Error> {
        let _place = self.running.take(&visitor).ok_or(Error::Busy)?;
        let token = self.begin(&owner, &program).await?;
        let outcome = self.beside_its_api(&owner, &visitor, token.clone(), &program).await;
        // Whatever became of the run, its token ends with it.
        self.end(token).await;
        let outcome = outcome?;
        self.record(&owner, &visitor, &outcome);
        Ok(shown(outcome))
    }

    /// A token for the run; `None` where the owner lets this program spend nothing.
    async fn begin(&self, owner: &str, text: &str) -> Result<Option<Token>, Error> {
        let wanted = BeginRun { owner: owner.to_owned(), program: ProgramDigest::of(text) };
        match self.callees.auth.call(&wanted).await {
            Ok(begun) => Ok(Some(begun.token)),
            Err(CallError::Refused(auth_api::Error::NoGrant)) => Ok(None),
            Err(why) => Err(unavailable("auth did not begin a run", &why)),
        }
    }

    /// One end of the program's only connection goes to the sandbox, the other to the API server, both at the same time.
    async fn beside_its_api(
        &self,
        owner: &str,
        visitor: &str,
        token: Option<Token>,
        program: &str,
    ) -> Result<Outcome, Error> {
        let (guest, api) = UnixStream::pair().map_err(|why| unavailable("no connection for a run", &why))?;
        // Browsers send forms with both characters at the end of a line.
        let code = program.replace("\r\n", "\n");
        let python = chosen_python(program).map(str::to_owned);
        let run = Run { owner: owner.to_owned(), visitor: visitor.to_owned(), code, python, limits: None };
        let serve =
            Serve { owner: owner.to_owned(), visitor: visitor.to_owned(), token, seconds: RUN_SECONDS, calls: None };
        let time = Duration::from_secs(RUN_SECONDS.into());
        let (sandbox, api_server) =
            (self.callees.sandbox.with_deadline(time), self.callees.api.with_deadline(time + GRACE));
        // Each call owns its end, so that an end closes as soon as its call is over: that is how the other side hears of it.
        let running = async move { sandbox.call_with_descriptor(&run, guest.as_fd()).await };
        let serving = async move { api_server.call_with_descriptor(&serve, api.as_fd()).await };
        let (ran, served) = tokio::join!(running, serving);
        if let Err(why) = served {
            tracing::warn!(%why, owner, "a program ran without its API");
        }
        match ran {
            Ok(ran) => Ok(ran.outcome),
            // It has waited behind other runs of the same owner for all of its time.
            Err(CallError::Refused(sandbox_api::Error::Busy) | CallError::Late) => Err(Error::Busy),
            Err(why) => Err(unavailable("the sandbox did not run a program", &why)),
        }
    }

    async fn end(&self, token: Option<Token>) {
        if let Some(token) = token
            && let Err(why) = self.callees.auth.call(&EndRun { token }).await
        {
            tracing::warn!(%why, "a run's token was not ended; it will not last for long");
        }
    }

    /// Writes the run down for its owner. The visitor does not wait for it.
    fn record(&self, owner: &str, visitor: &str, outcome: &Outcome) {
        let shelf = self.shelf.clone();
        let (owner, run) = (owner.to_owned(), PastRun::of(visitor, outcome));
        tokio::spawn(async move {
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
