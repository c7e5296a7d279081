//! When events happened, as exports print it: exact, or in local time and in the order of the writer's culture.

use super::super::dates::{self, Found, Moment, Order};
use chrono::NaiveDateTime;
use delegap_model::{Time, When};
use std::cmp::Ordering;

/// What the times of one file tell together about how to read each.
#[derive(Default)]
pub(super) struct Clock {
    /// The order of the language in which the file's header is written.
    pub(super) culture: Option<Order>,
    /// English of the United States: no leading zero, and a.m. or p.m.
    american: bool,
    guessed: bool,
    contradicting: bool,
}

/// What stands for the afternoon, and for the morning.
const AFTERNOON: [&str; 7] = ["下午", "午後", "오후", "p. m.", "p.m.", "p.\u{a0}m.", "ΜΜ"];
const MORNING: [&str; 7] = ["上午", "午前", "오전", "a. m.", "a.m.", "a.\u{a0}m.", "ΠΜ"];

impl Clock {
    pub(super) fn read(&mut self, text: &str) -> Moment {
        let found = |marks: [&'static str; 7]| marks.into_iter().find(|mark| text.contains(mark));
        let half = found(AFTERNOON).map(|mark| (mark, "PM")).or_else(|| found(MORNING).map(|mark| (mark, "AM")));
        let moment = match half {
            Some((mark, word)) => dates::moment(&format!("{} {word}", text.replacen(mark, " ", 1).trim())),
            None => dates::moment(text),
        };
        if let Found::Numbers { first, .. } = moment.date {
            self.american |= first < 10 && !text.trim_start().starts_with('0') && text.trim_end().ends_with('M');
        }
        moment
    }

    /// The file's order of day and month: from days above 12, the header's language, the way the clock is written, and
    /// from the order of the rows. Where none tells, it is the month that comes first, which [`Clock::doubt`] then says.
    pub(super) fn order<'m>(&mut self, moments: impl Iterator<Item = &'m Moment>) -> Order {
        let moments: Vec<&Moment> = moments.collect();
        let order = dates::order(moments.iter().map(|m| &m.date));
        if matches!(order, Order::DayFirst | Order::MonthFirst) {
            return order;
        }
        self.contradicting = order == Order::Contradicting;
        let american = self.american.then_some(Order::MonthFirst);
        if let Some(order) = self.culture.or(american).or_else(|| by_rows(&moments)) {
            return order;
        }
        self.guessed = moments.iter().any(|m| matches!(m.when(Order::Untold), When::Ambiguous { .. }));
        Order::MonthFirst
    }

    /// What is doubtful about the times, after [`Clock::order`].
    pub(super) fn doubt(&self) -> Option<&'static str> {
        if self.contradicting {
            return Some("some dates have the day first and others the month: dates that read both ways may be wrong");
        }
        self.guessed.then_some("day and month can't be told apart in its dates: they are read with the month first")
    }
}

/// Exports list events by time: the order under which they do so, if only one does.
fn by_rows(moments: &[&Moment]) -> Option<Order> {
    let sorted = |order| {
        let mut seen = (false, false);
        let mut before: Option<NaiveDateTime> = None;
        for next in moments.iter().filter_map(|m| local(m, order)) {
            match before.map(|b| b.cmp(&next)) {
                Some(Ordering::Less) => seen.0 = true,
                Some(Ordering::Greater) => seen.1 = true,
                _ => {}
            }
            before = Some(next);
        }
        !(seen.0 && seen.1)
    };
    match (sorted(Order::DayFirst), sorted(Order::MonthFirst)) {
        (true, false) => Some(Order::DayFirst),
        (false, true) => Some(Order::MonthFirst),
        _ => None,
    }
}

fn local(moment: &Moment, order: Order) -> Option<NaiveDateTime> {
    match moment.when(order) {
        When::Local(time) => Some(time),
        When::Exact(time) => Some(time.naive_utc()),
        _ => None,
    }
}

/// The moment, and whether it is local time that was taken for UTC.
pub(super) fn resolve(moment: &Moment, order: Order) -> (Option<Time>, bool) {
    match moment.when(order) {
        When::Exact(time) => (Some(time), false),
        When::Local(time) => (Some(time.and_utc()), true),
        _ => (None, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(culture: Option<Order>, texts: &[&str]) -> (Vec<String>, bool) {
        let mut clock = Clock { culture, ..Clock::default() };
        let moments: Vec<Moment> = texts.iter().map(|t| clock.read(t)).collect();
        let order = clock.order(moments.iter());
        let of = |m: &Moment| resolve(m, order).0.map_or("-".to_owned(), |t| t.format("%m-%d %H:%M:%S").to_string());
        (moments.iter().map(of).collect(), clock.doubt().is_some())
    }

    #[test]
    fn cultures() {
        for (text, expected) in [
            ("12/3/2017 9:46:54 PM", "12-03 21:46:54"),
            ("12/3/2017 9:46:54\u{202f}PM", "12-03 21:46:54"),
            ("03.12.2017 21:46:54", "12-03 21:46:54"),
            ("2017/12/03 21:46:54", "12-03 21:46:54"),
            ("2017/12/3 下午 09:46:54", "12-03 21:46:54"),
            ("2017-12-03 오전 9:46:54", "12-03 09:46:54"),
            ("2017-12-03T21:46:54.123", "12-03 21:46:54"),
            ("2017-12-03T22:46:54.1234567+01:00", "12-03 21:46:54"),
            ("/Date(1512337614000)/", "12-03 21:46:54"),
            ("31/12/2017 21:46:54", "12-31 21:46:54"),
        ] {
            assert_eq!(shown(None, &[text]).0, [expected], "{text}");
        }
        assert_eq!(shown(Some(Order::DayFirst), &["03/12/2017 9:46:54 p. m."]).0, ["12-03 21:46:54"]);
    }

    #[test]
    fn the_file_decides_the_order() {
        assert_eq!(shown(None, &["05/04/2026 10:00:00", "13/04/2026 10:00:00"]).0[0], "04-05 10:00:00");
        assert_eq!(shown(None, &["5/4/2026 1:00:00 PM"]), (vec!["05-04 13:00:00".to_owned()], false));
        let rows = ["02/03/2026 10:00:00", "01/03/2026 10:00:00", "12/02/2026 10:00:00"];
        assert_eq!(
            shown(None, &rows),
            (["03-02 10:00:00", "03-01 10:00:00", "02-12 10:00:00"].map(str::to_owned).into(), false)
        );
        assert_eq!(shown(None, &["02/03/2026 10:00:00"]), (vec!["02-03 10:00:00".to_owned()], true));
        assert!(shown(None, &["13/04/2026 10:00:00", "04/14/2026 10:00:00"]).1);
        assert_eq!(shown(None, &["yesterday"]), (vec!["-".to_owned()], false));
    }
}
