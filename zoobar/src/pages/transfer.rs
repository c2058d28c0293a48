//! Sending zoobars.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use bank_api::{Balance, Error, Transfer};
use rpc::CallError;

use crate::amount::{Amount, NotZoobars};
use crate::fields::{Posted, Query};
use crate::frame::Frame;
use crate::name::Name;
use crate::page::{Next, Page};
use crate::services::Site;
use crate::sorry::{Instead, OrSorry, Sorry, shown};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "transfer.html")]
struct TransferPage {
    frame: Frame,
    balance: u64,
    form: Form,
    outcome: Outcome,
}

/// What was typed.
#[derive(Default)]
struct Form {
    zoobars: String,
    recipient: String,
}

/// What became of it.
enum Outcome {
    Open,
    Sent { zoobars: i64, recipient: Name },
    Failed { recipient: Name, wrong: Wrong },
}

impl Outcome {
    fn about_zoobars(&self) -> Option<&str> {
        if let Self::Failed { wrong, .. } = self { wrong.zoobars.as_deref() } else { None }
    }

    fn about_recipient(&self) -> Option<&str> {
        if let Self::Failed { wrong, .. } = self { wrong.recipient.as_deref() } else { None }
    }
}

/// A sentence for each field that has one.
#[derive(Default)]
struct Wrong {
    zoobars: Option<String>,
    recipient: Option<String>,
}

/// The form; `?recipient=` fills in whom a link meant.
pub(crate) async fn show(State(site): State<Site>, visitor: Visitor, Query(query): Query) -> Result<Response, Instead> {
    let form = Form { recipient: query.typed("recipient").to_owned(), ..Form::default() };
    page(&site, &visitor, form, Outcome::Open).await
}

pub(crate) async fn send(
    State(site): State<Site>,
    visitor: Visitor,
    Posted(fields): Posted,
) -> Result<Response, Instead> {
    let form = Form { zoobars: fields.typed("zoobars").to_owned(), recipient: fields.typed("recipient").to_owned() };
    let recipient = Name::typed(&form.recipient);
    let wrong = match understand(&form.zoobars, &recipient) {
        Ok(amount) => match transfer(&site, &visitor, amount, &recipient).await? {
            Ok(()) => {
                let sent = Outcome::Sent { zoobars: amount.zoobars(), recipient };
                return page(&site, &visitor, Form::default(), sent).await;
            }
            Err(wrong) => wrong,
        },
        Err(wrong) => wrong,
    };
    page(&site, &visitor, form, Outcome::Failed { recipient, wrong }).await
}

fn understand(zoobars: &str, recipient: &Name) -> Result<Amount, Wrong> {
    let amount = Amount::parse(zoobars);
    let nobody = recipient.is_empty().then(|| "Say who shall have them.".to_owned());
    match (amount, nobody) {
        (Ok(amount), None) => Ok(amount),
        (amount, nobody) => Err(Wrong { zoobars: amount.err().map(|why| why.to_string()), recipient: nobody }),
    }
}

async fn transfer(site: &Site, visitor: &Visitor, amount: Amount, to: &Name) -> Result<Result<(), Wrong>, Instead> {
    let order = Transfer { token: visitor.token(), recipient: to.to_string(), zoobars: amount.zoobars() };
    let about_amount = |why: String| Ok(Err(Wrong { zoobars: Some(why), recipient: None }));
    let about_recipient = |why: &str| Ok(Err(Wrong { zoobars: None, recipient: Some(why.to_owned()) }));
    match site.bank.call(&order).await {
        Ok(_) => Ok(Ok(())),
        Err(CallError::Refused(Error::NoSuchAccount { .. })) => about_recipient("There is no user of this name."),
        Err(CallError::Refused(Error::ToOneself)) => about_recipient("One cannot send zoobars to oneself."),
        Err(CallError::Refused(Error::NotEnough { balance })) => {
            about_amount(format!("You have only {balance} zoobars."))
        }
        Err(CallError::Refused(Error::BadAmount)) => about_amount(NotZoobars::Huge.to_string()),
        Err(CallError::Refused(Error::InvalidToken)) => Err(Instead::LogIn(Next::to(Page::Transfer))),
        Err(cause @ (CallError::Refused(_) | CallError::Denied | CallError::TooLarge)) => {
            Err(Sorry::unavailable("transferring", cause).into())
        }
        // The bank may have done it and died before it said so.
        Err(cause) => {
            let sentence =
                "The bank did not answer. Before you try again, look at your log: the zoobars may have been sent.";
            Err(Sorry::unknown("transferring", cause, sentence).into())
        }
    }
}

async fn page(site: &Site, visitor: &Visitor, form: Form, outcome: Outcome) -> Result<Response, Instead> {
    let balance = Balance { username: visitor.name().to_owned() };
    let balance = site.bank.call(&balance).await.or_sorry("reading the balance")?.zoobars;
    Ok(shown(&TransferPage { frame: Frame::of(Page::Transfer, Some(visitor.name())), balance, form, outcome }))
}
