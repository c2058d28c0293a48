//! The lines `calls`, and the operator's, become a list of methods that exist. What is not listed cannot be called.

use std::collections::BTreeMap;

use crate::ini::Section;
use crate::service::{Draft, Wish};
use crate::{Call, Interface, Kind, Problems, ServiceName};

/// Most entries of one line `calls`.
const MAX_CALLS: usize = 256;

/// What each service answers, if it is one that others can call.
type Answering = BTreeMap<ServiceName, Option<Interface>>;

/// Replaces the wishes of every draft by calls, and returns those of `[zook]`, which are the operator's. `listed` holds every
/// name in http_svcs and extra_svcs, so that a call to a service whose own section is wrong is not reported as well.
pub(crate) fn resolve(
    drafts: &mut [Draft<'_>],
    zook: &Section,
    operator: &[Wish],
    listed: &[ServiceName],
    problems: &mut Problems,
) -> Vec<Call> {
    let answering: Answering = drafts
        .iter()
        .map(|draft| match &draft.service.kind {
            Kind::Extra { interface } => (draft.service.name.clone(), interface.clone()),
            Kind::Dispatcher | Kind::Http { .. } => (draft.service.name.clone(), None),
        })
        .collect();
    for draft in drafts {
        let line = draft.section.line_of("calls");
        if draft.wishes.iter().any(|wish| wish.service == draft.service.name) {
            problems.add(line, format!("{} calls itself", draft.service.name), "delete this call");
            continue;
        }
        draft.service.calls = granted(&draft.wishes, line, &answering, listed, problems);
    }
    granted(operator, zook.line_of("operator_calls"), &answering, listed, problems)
}

/// The calls that the wishes of one line are.
fn granted(
    wishes: &[Wish],
    line: usize,
    answering: &Answering,
    listed: &[ServiceName],
    problems: &mut Problems,
) -> Vec<Call> {
    if wishes.len() > MAX_CALLS {
        problems.add(line, "the list of calls is too long", format!("keep it below {MAX_CALLS}"));
    }
    let mut calls = Vec::new();
    for wish in wishes {
        let callee = &wish.service;
        if let Some(answers) = answering.get(callee) {
            match call(wish, answers.as_ref()) {
                Ok(call) if calls.contains(&call) => {
                    problems.add(line, format!("{callee}.{} is listed twice", wish.method), "delete one of them");
                }
                Ok(call) => calls.push(call),
                Err((what, instead)) => problems.add(line, what, instead),
            }
        } else if !listed.contains(callee) {
            let known: Vec<&str> =
                answering.iter().filter(|(_, i)| i.is_some()).map(|(name, _)| name.as_str()).collect();
            let instead = format!("write one of {}, or add {callee} to extra_svcs", known.join(", "));
            problems.add(line, format!("there is no service {callee} to call"), instead);
        }
    }
    calls
}

fn call(wish: &Wish, answers: Option<&Interface>) -> Result<Call, (String, String)> {
    let Wish { service, method } = wish;
    let Some(interface) = answers else {
        return Err((
            format!("{service} has no interface to call"),
            format!("give [{service}] a line interface = NAME"),
        ));
    };
    if !interface.methods().contains(method) {
        let what = format!("{service} ({interface}) has no method {method:?}");
        return Err((what, format!("write one of {}", interface.methods().join(", "))));
    }
    Ok(Call { service: service.clone(), method: interface.full_name(method) })
}
