//! `get_user_info(username)`: what everybody may know of a user, or nothing where there is no such user.

use bank_api::Balance;
use profile_api::Get;
use rpc::CallError;
use serde::Deserialize;
use serde_json::Value;

use super::{Refusal, Run, arguments, object, unavailable};
use crate::wire::Call;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    username: String,
}

impl Run {
    pub(super) async fn get_user_info(&self, call: Call) -> Result<Value, Refusal> {
        let Arguments { username } = arguments(call, "username, a text")?;
        // The bank knows who exists.
        let zoobars = match self.services.bank.call(&Balance { username: username.clone() }).await {
            Ok(balance) => balance.zoobars,
            Err(CallError::Refused(bank_api::Error::NoSuchAccount { .. })) => return Ok(Value::Null),
            Err(why) => return Err(unavailable("the bank", &why)),
        };
        let profile = self.services.profile.call(&Get { username: username.clone() }).await;
        let profile = profile.map_err(|why| unavailable("the profile service", &why))?.text;
        Ok(object([("username", username.into()), ("profile", profile.into()), ("zoobars", zoobars.into())]))
    }
}
