//! `xfer(target, zoobars)`: sends zoobars of the profile's owner.

use bank_api::{Error, Spend};
use rpc::CallError;
use sandbox_api::Commit;
use serde::Deserialize;
use serde_json::Value;

use super::{Refusal, Run, arguments, unavailable};
use crate::wire::Call;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    target: String,
    /// A number of JSON and nothing else: no text, no fraction, no expression.
    zoobars: i64,
}

impl Run {
    /// The files that the program has written so far are made durable first: a profile that notes what it gave must not
    /// forget it in a crash between the two.
    pub(super) async fn xfer(&self, call: Call) -> Result<Value, Refusal> {
        let Arguments { target, zoobars } = arguments(call, "target, a text, and zoobars, a whole number")?;
        let refuse = |sentence: &str| Err(Refusal(sentence.to_owned()));
        let Some(token) = self.token.clone() else {
            return refuse("this profile may not spend anything: its owner can allow it on his home page");
        };
        let commit = Commit { owner: self.owner.clone() };
        self.services.sandbox.call(&commit).await.map_err(|why| unavailable("the sandbox", &why))?;
        match self.services.bank.call(&Spend { token, recipient: target, zoobars }).await {
            Ok(_) => Ok(Value::Null),
            Err(CallError::Refused(Error::Unavailable)) => refuse("the bank cannot answer now"),
            Err(CallError::Refused(refusal)) => Err(Refusal(sentence(&refusal))),
            Err(why) => Err(unavailable("the bank", &why)),
        }
    }
}

fn sentence(refusal: &Error) -> String {
    match refusal {
        Error::NoSuchAccount { username } => format!("there is no user {username:?}"),
        Error::NotEnough { balance } => format!("the owner of this profile has {balance} zoobars only"),
        Error::BadAmount => "zoobars must be a positive whole number".to_owned(),
        Error::ToOneself => "the owner of this profile cannot send zoobars to himself".to_owned(),
        Error::InvalidToken => "this profile may not spend anything any more".to_owned(),
        Error::CapReached { cap, spent_today } => {
            format!("this profile may spend {cap} zoobars a day and has spent {spent_today} today")
        }
        other => other.to_string(),
    }
}
