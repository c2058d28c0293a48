//! One visitor's requests, one after the other: the dispatcher in one straight line.

use std::net::IpAddr;
use std::time::Instant;

use http_strict::{Method, Refusal, RequestHead, Status};

use crate::answer::Answer;
use crate::house::House;
use crate::outgoing::Outgoing;
use crate::reply::{self, Framing};
use crate::request_id;
use crate::routes::{Answers, Service};
use crate::visitor::Visitor;

/// What follows an answer.
enum Next {
    Request,
    Close,
    /// Close once the visitor has had the chance to read why.
    Linger,
}

/// Answers until the visitor or we have had enough.
pub(crate) async fn converse(house: &House, mut visitor: Visitor) {
    let mut leaving = house.leaving.subscribe();
    loop {
        let request = visitor.request(&house.limits, &house.door, &mut leaving).await;
        let id = request_id::next();
        let next = match request {
            Ok(None) => return,
            Ok(Some(head)) => rpc::request::scope(id.clone(), turn(house, &mut visitor, &head, &id)).await,
            // Without a head there is nobody but the peer.
            Err(refusal) => {
                let refusing = refuse(house, &visitor, visitor.address, refusal, &id);
                rpc::request::scope(id.clone(), refusing).await
            }
        };
        match next {
            Next::Request => {}
            Next::Close => return,
            Next::Linger => return visitor.linger().await,
        }
    }
}

/// One request and its answer.
async fn turn(house: &House, visitor: &mut Visitor, head: &RequestHead, id: &str) -> Next {
    let begun = Instant::now();
    let from = house.fronts.source(visitor.address, head);
    // A front's connections are not counted; its visitors are, while something is done for them.
    let share = house.fronts.include(visitor.address).then(|| house.door.share(from.address));
    if let Some(None) = share {
        tracing::warn!(address = %from.address, "a request was turned away: all places of its address are taken");
        return refuse(house, visitor, from.address, Refusal::Crowded, id).await;
    }
    let body = match visitor.body(head, &house.limits, &house.shelf).await {
        Ok(body) => body,
        Err(refusal) => return refuse(house, visitor, from.address, refusal, id).await,
    };
    let service = house.routes.find(&head.path);
    let request = Outgoing { head, body, id, from };
    let answer = match service {
        Some(service) => ask(house, service, &request).await,
        None => Answer::page(Status::NOT_FOUND, id),
    };
    drop(request);
    let status = answer.status;
    let persistent = head.persistent && !*house.leaving.borrow() && !house.door.is_crowded();
    let framing = Framing { method: head.method, version: head.version, id, persistent };
    let sent = reply::send(visitor, &framing, answer, &house.limits).await;
    tracing::info!(
        method = head.method.as_str(),
        path = %head.path,
        address = %from.address,
        status = status.code(),
        asked = service.map_or("-", |service| service.name.as_str()),
        ms = begun.elapsed().as_millis() as u64,
        "answered"
    );
    match sent {
        Ok(true) => Next::Request,
        Ok(false) if visitor.has_said_more() => Next::Linger,
        Ok(false) => Next::Close,
        Err(why) => {
            let cause = std::error::Error::source(&why).map(ToString::to_string);
            tracing::info!(%why, cause, "an answer did not arrive whole");
            Next::Close
        }
    }
}

/// The service's answer, or the page that stands for it.
async fn ask(house: &House, service: &Service, request: &Outgoing<'_>) -> Answer {
    let patience = house.limits.answer_time;
    let answer = match &service.answers {
        Answers::Pages(pages) => pages.ask(request, patience).await,
        Answers::Files(files) => files.ask(request, patience, house.limits.recent_time).await,
    };
    answer.unwrap_or_else(|trouble| {
        let cause = std::error::Error::source(&trouble).map(ToString::to_string);
        tracing::warn!(asked = service.name, path = %request.head.path, %trouble, cause, "no answer from a service");
        Answer::page(trouble.status(), request.id)
    })
}

/// Says why a request goes no further. Where the next one would begin is not certain, so this one was the last.
async fn refuse(house: &House, visitor: &Visitor, from: IpAddr, refusal: Refusal, id: &str) -> Next {
    let status = refusal.status();
    tracing::info!(why = %refusal, status = status.code(), address = %from, "refused");
    let framing = Framing { method: Method::Get, version: http_strict::Version::Http11, id, persistent: false };
    match reply::send(visitor, &framing, Answer::page(status, id), &house.limits).await {
        Ok(_) => Next::Linger,
        Err(_) => Next::Close,
    }
}
