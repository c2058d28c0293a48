//! Which service a path belongs to: the first in the order of zook.conf whose expression matches the whole path.

use std::sync::Arc;

use control::{Protocol, Route};
use http_strict::Path;
use regex::Regex;

use crate::files::Files;
use crate::pages::Pages;

/// A route that cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum BadRoute {
    #[error("[{service}] url is not a regular expression")]
    Url {
        service: String,
        #[source]
        why: regex::Error,
    },
    #[error("[{service}] answers neither by http nor by descriptor")]
    Protocol { service: String },
}

/// The table of all routes.
#[derive(Debug)]
pub struct Routes(Vec<(Regex, Arc<Service>)>);

/// A service behind the dispatcher.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) answers: Answers,
}

/// How a service is asked.
#[derive(Debug)]
pub(crate) enum Answers {
    Pages(Arc<Pages>),
    Files(Files),
}

impl Routes {
    /// Compiles the expressions. `url` has to match the whole path, so `a|b` means `^(?:a|b)$`.
    pub fn compile(routes: &[Route]) -> Result<Routes, BadRoute> {
        let compile = |route: &Route| {
            let service = || route.service.clone();
            let whole =
                Regex::new(&format!("^(?:{})$", route.url)).map_err(|why| BadRoute::Url { service: service(), why })?;
            let answers = match route.protocol {
                Protocol::Http => Answers::Pages(Arc::new(Pages::new(&route.socket))),
                Protocol::Descriptor => Answers::Files(Files::new(&route.socket)),
                Protocol::Public | Protocol::Varlink => return Err(BadRoute::Protocol { service: service() }),
            };
            Ok((whole, Arc::new(Service { name: service(), answers })))
        };
        routes.iter().map(compile).collect::<Result<_, _>>().map(Routes)
    }

    pub(crate) fn find(&self, path: &Path) -> Option<&Arc<Service>> {
        self.0.iter().find(|(url, _)| url.is_match(path.as_str())).map(|(_, service)| service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(service: &str, url: &str) -> Route {
        Route { service: service.into(), url: url.into(), protocol: Protocol::Http, socket: "/none".into() }
    }

    fn found(routes: &Routes, path: &str) -> Option<String> {
        routes.find(&Path::decode(path).expect("is a path")).map(|service| service.name.clone())
    }

    #[test]
    fn the_first_service_whose_url_matches_the_whole_path_gets_it() {
        let routes = [route("a", "/a|/ab"), route("b", r"/a.*|/x\.css"), route("c", "/(?s:.*)")];
        let routes = Routes::compile(&routes).expect("compiles");
        for (path, service) in
            [("/a", "a"), ("/ab", "a"), ("/abc", "b"), ("/x.css", "b"), ("/x-css", "c"), ("/xa", "c"), ("/b/a", "c")]
        {
            assert_eq!(found(&routes, path).as_deref(), Some(service), "{path}");
        }
    }

    #[test]
    fn what_no_service_wants_belongs_to_none() {
        let routes = Routes::compile(&[route("a", "/a")]).expect("compiles");
        assert_eq!(found(&routes, "/a/"), None);
        assert_eq!(found(&routes, "/b/a"), None);
    }

    #[test]
    fn a_line_end_in_a_path_does_not_end_the_match() {
        // Paths hold no line ends, but `$` and `^` would not be fooled by one either: no multi-line mode.
        let routes = Routes::compile(&[route("a", "/a")]).expect("compiles");
        assert!(!routes.0[0].0.is_match("/a\n") && !routes.0[0].0.is_match("x\n/a"));
    }
}
