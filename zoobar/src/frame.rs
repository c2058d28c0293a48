//! What stands around every page: title, headline, navigation.

use crate::headline::Headline;
use crate::page::Page;

/// The values of `base.html`.
pub(crate) struct Frame {
    pub(crate) title: &'static str,
    pub(crate) here: Option<Page>,
    pub(crate) headline: Headline,
    /// Name of the visitor who is logged in, as far as this page knows one.
    pub(crate) visitor: Option<String>,
}

impl Frame {
    /// `visitor` is the name of who is logged in.
    pub(crate) fn of(page: Page, visitor: Option<&str>) -> Self {
        let visitor = visitor.map(str::to_owned);
        Self { title: page.title(), here: Some(page), headline: Headline::of_the_day(), visitor }
    }

    /// For pages that are nowhere: answers that say why there is no page.
    pub(crate) fn nowhere(title: &'static str) -> Self {
        Self { title, here: None, headline: Headline::of_the_day(), visitor: None }
    }

    /// Login pages offer what can be done outside; a page that is nowhere does not know where the visitor is.
    pub(crate) fn navigation(&self) -> &'static [Page] {
        if self.visitor.is_none() && self.here.is_some() { &Page::OUTSIDE } else { &Page::NAVIGATION }
    }

    pub(crate) fn is_here(&self, page: &Page) -> bool {
        self.here == Some(*page)
    }
}
