//! `get_xfers(username)`: the transfers of anybody, oldest first.

use bank_api::{Log, MAX_LOG};
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
    pub(super) async fn get_xfers(&self, call: Call) -> Result<Value, Refusal> {
        let Arguments { username } = arguments(call, "username, a text")?;
        let log = Log { username, limit: MAX_LOG };
        let logged = self.services.bank.call(&log).await.map_err(|why| unavailable("the bank", &why))?;
        let records = logged.transfers.into_iter().map(|record| {
            object([
                ("sender", record.sender.into()),
                ("recipient", record.recipient.into()),
                ("amount", record.amount.into()),
                ("time", record.time.into()),
            ])
        });
        Ok(records.collect())
    }
}
