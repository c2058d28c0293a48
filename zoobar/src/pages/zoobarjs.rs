//! The visitor's balance as a script. Our own pages do not need it; programs that know zoobar do.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bank_api::Balance;
use http::header::CONTENT_TYPE;

use crate::services::Site;
use crate::sorry::{OrSorry, Sorry};
use crate::visitor::Visitor;

pub(crate) async fn show(State(site): State<Site>, visitor: Option<Visitor>) -> Result<Response, Sorry> {
    let script = match visitor {
        Some(visitor) => {
            let balance = Balance { username: visitor.name().to_owned() };
            let zoobars = site.bank.call(&balance).await.or_sorry("reading the balance for a script")?.zoobars;
            format!("var myZoobars = {zoobars};\n")
        }
        None => String::new(),
    };
    Ok(([(CONTENT_TYPE, "text/javascript; charset=utf-8")], script).into_response())
}
