//! The calls of the labs' ProfileAPIServer, by their names and arguments there.

mod get_user_info;
mod get_xfers;
mod xfer;

use auth_api::Token;
use rpc::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::wire::{Call, Reply};

/// Whom this process may ask.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    pub(crate) bank: Client,
    pub(crate) profile: Client,
    pub(crate) sandbox: Client,
}

/// A run, by the word of the service that began it.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) owner: String,
    pub(crate) visitor: String,
    /// `None` where the owner lets his profile spend nothing.
    pub(crate) token: Option<Token>,
    pub(crate) services: Services,
}

/// A sentence for the program's author on why there is no answer.
#[derive(Debug, PartialEq)]
struct Refusal(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoArguments {}

impl Run {
    /// Answers one call.
    pub(crate) async fn answer(&self, call: Call) -> Reply {
        let answer = match call.method.as_str() {
            "get_self" => arguments(call, "nothing").map(|NoArguments {}| self.owner.clone().into()),
            "get_visitor" => arguments(call, "nothing").map(|NoArguments {}| self.visitor.clone().into()),
            "get_xfers" => self.get_xfers(call).await,
            "get_user_info" => self.get_user_info(call).await,
            "xfer" => self.xfer(call).await,
            _ => Err(Refusal("there is no such call".to_owned())),
        };
        match answer {
            Ok(value) => Reply::Ok(value),
            Err(Refusal(sentence)) => Reply::Error(sentence),
        }
    }
}

/// The arguments of a call; `takes` says in words which they are.
fn arguments<T: DeserializeOwned>(call: Call, takes: &str) -> Result<T, Refusal> {
    let Call { method, arguments } = call;
    serde_json::from_value(Value::Object(arguments)).map_err(|_| Refusal(format!("{method} takes {takes}")))
}

/// A service did not answer: the log gets the cause, the program a sentence.
fn unavailable(what: &str, why: &dyn std::fmt::Display) -> Refusal {
    tracing::warn!(%why, "{what} did not answer a run");
    Refusal(format!("{what} cannot answer now"))
}

/// An object of JSON.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<Map<_, _>>())
}
