//! Which of two exports of one object is the newer one, and by what that is known.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime};
use delegap_model::{InputSummary, SourceRef, Time, When, Written};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What tells the order of two exports, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    /// whenChanged of the object itself.
    Object,
    /// Other objects in both files, of which one file shows a later state (whenChanged, pwdLastSet).
    Others,
    /// When each document says that it was written.
    Stated,
    /// Dates in the files' names, which anybody may have given.
    FileName,
    /// The times that an archive has for its members: of the last writing, which may have been a copy.
    Member,
}

impl By {
    /// True for what is a sign and no proof.
    pub fn is_weak(self) -> bool {
        self >= By::FileName
    }

    pub fn words(self) -> &'static str {
        match self {
            By::Object => "by the object's whenChanged",
            By::Others => "as other objects in both files show (whenChanged, pwdLastSet)",
            By::Stated => "by when the documents say they were written",
            By::FileName => "by the dates in the files' names only",
            By::Member => "by the times of the archive's members only",
        }
    }
}

/// Why the order of two exports is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Open {
    /// Both show the object as of one whenChanged.
    SameMoment,
    /// Of some objects the one file shows the later state, of some the other.
    Contradicting,
    /// Nothing dates them both.
    Untold,
    /// Too many exports of one object to compare.
    Many,
}

impl Open {
    pub fn words(self) -> &'static str {
        match self {
            Open::SameMoment => "all show the same whenChanged, so no date tells which of them is right",
            Open::Contradicting => {
                "of some objects the one file shows the later state, of others the other file, so neither is the newer one"
            }
            Open::Untold => "nothing tells which of them is the newer one",
            Open::Many => "there are too many of them to compare",
        }
    }
}

/// How late another domain controller may learn of a change: whenChanged is of the controller that was asked.
const REPLICATION: Duration = Duration::hours(6);
/// Times of members that lie closer together say when they were packed or copied.
const PACKING: Duration = Duration::minutes(10);

/// Whether one is newer (greater) or older (less) than the other, and by what that is known.
pub(super) type Compared = Result<(Ordering, By), Open>;

/// All that dates the inputs of a case.
#[derive(Default)]
pub(super) struct Order {
    files: HashMap<Arc<str>, File>,
    /// What was found of two files.
    known: RefCell<HashMap<[Arc<str>; 2], Compared>>,
}

#[derive(Default)]
struct File {
    /// whenChanged and pwdLastSet of its objects; `None` where two objects share a name.
    objects: HashMap<String, Option<[When; 2]>>,
    written: Option<Written>,
}

impl Order {
    pub fn new(inputs: &[InputSummary]) -> Order {
        let file = |i: &InputSummary| (i.path.as_str().into(), File { written: i.written.clone(), ..File::default() });
        Order { files: inputs.iter().map(file).collect(), ..Order::default() }
    }

    /// Takes in the dates of one object, under a name by which other files have it too.
    pub fn object(&mut self, at: &SourceRef, name: String, changed: When, password_set: Option<Time>) {
        let password_set = password_set.map_or(When::Unknown, When::Exact);
        let objects = &mut self.files.entry(Arc::clone(&at.file)).or_default().objects;
        objects.entry(name).and_modify(|twice| *twice = None).or_insert(Some([changed, password_set]));
    }

    /// Whether `a` is newer (greater) or older (less) than `b`: where an export of one object stands, and its whenChanged.
    pub fn compare(&self, a: (&SourceRef, When), b: (&SourceRef, When)) -> Compared {
        if let Some(order) = apart(a.1, b.1, Duration::zero()) {
            return Ok((order, By::Object));
        }
        if a.1 == b.1 && matches!(a.1, When::Exact(_) | When::Local(_)) {
            return Err(Open::SameMoment);
        }
        if a.0.file == b.0.file {
            return Err(Open::Untold);
        }
        let key = [&a.0.file, &b.0.file].map(Arc::clone);
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let found = self.files(&a.0.file, &b.0.file);
        self.known.borrow_mut().insert(key, found);
        found
    }

    fn files(&self, a: &Arc<str>, b: &Arc<str>) -> Compared {
        let none = File::default();
        let (x, y) = (self.files.get(a).unwrap_or(&none), self.files.get(b).unwrap_or(&none));
        let few = if x.objects.len() < y.objects.len() { &x.objects } else { &y.objects };
        let both = |name: &String| Some(((*x.objects.get(name)?)?, (*y.objects.get(name)?)?));
        let orders: BTreeSet<Ordering> = few
            .keys()
            .filter_map(both)
            .flat_map(|(x, y)| [apart(x[0], y[0], REPLICATION), apart(x[1], y[1], REPLICATION)])
            .flatten()
            .collect();
        match orders.into_iter().collect::<Vec<_>>().as_slice() {
            [one] => return Ok((*one, By::Others)),
            [] => {}
            _ => return Err(Open::Contradicting),
        }
        let (own, listed) = (stated(x, y, false), stated(x, y, true));
        if let Some(order) = own.and_then(|(x, y)| apart(x.when, y.when, Duration::zero())) {
            return Ok((order, By::Stated));
        }
        if let Some(order) = named(a).zip(named(b)).and_then(|(a, b)| by_names(a, b)) {
            return Ok((order, By::FileName));
        }
        if let Some(order) = listed.and_then(|(x, y)| by_members(x, y)) {
            return Ok((order, By::Member));
        }
        Err(Open::Untold)
    }
}

fn stated<'a>(x: &'a File, y: &'a File, by_archive: bool) -> Option<(&'a Written, &'a Written)> {
    let pick = |f: &'a File| f.written.as_ref().filter(|w| w.archive.is_some() == by_archive);
    pick(x).zip(pick(y))
}

/// The order of two dates that are surely apart by more than `slack`.
fn apart(a: When, b: When, slack: Duration) -> Option<Ordering> {
    let ((from_a, to_a), (from_b, to_b)) = a.window().zip(b.window())?;
    if to_a + slack < from_b {
        Some(Ordering::Less)
    } else if to_b + slack < from_a {
        Some(Ordering::Greater)
    } else {
        None
    }
}

/// Members of one archive have their times in one zone.
fn by_members(a: &Written, b: &Written) -> Option<Ordering> {
    match (a.when, b.when) {
        (When::Local(x), When::Local(y)) if a.archive == b.archive => {
            apart(When::Exact(x.and_utc()), When::Exact(y.and_utc()), PACKING)
        }
        (x, y) => apart(x, y, PACKING),
    }
}

type Named = (NaiveDate, Option<NaiveTime>);

/// Both names are taken to be of one zone; the same day, or the same time of it, tells nothing.
fn by_names(a: Named, b: Named) -> Option<Ordering> {
    let order = match (a.1, b.1) {
        (Some(x), Some(y)) => NaiveDateTime::new(a.0, x).cmp(&NaiveDateTime::new(b.0, y)),
        _ => a.0.cmp(&b.0),
    };
    Some(order).filter(|o| o.is_ne())
}

/// The only date in a file's name, else in the name of the nearest folder or archive that has one.
fn named(path: &str) -> Option<Named> {
    let dated = path.rsplit(['/', '\\']).map(dates_in).find(|dates| !dates.is_empty())?;
    let mut dates = dated.into_iter();
    dates.next().filter(|_| dates.next().is_none())
}

/// Dates as names have them, the year first: `2026-11-20`, `20261120`, `20261120143000`, `2026-11-20_14-30`. Other orders
/// of day and month read two ways.
fn dates_in(name: &str) -> BTreeSet<Named> {
    let bytes = name.as_bytes();
    let starts = (0..bytes.len()).filter(|i| bytes[*i].is_ascii_digit() && (*i == 0 || !bytes[i - 1].is_ascii_digit()));
    starts.filter_map(|start| date_at(&bytes[start..])).collect()
}

fn date_at(text: &[u8]) -> Option<Named> {
    let (year, rest) = number(text, 4)?;
    let separator = rest.first().copied().filter(|c| matches!(c, b'-' | b'_' | b'.'));
    let behind = |rest: &[u8]| -> Option<usize> {
        match separator {
            Some(c) => (rest.first() == Some(&c)).then_some(1),
            None => Some(0),
        }
    };
    let (month, rest) = number(rest.get(behind(rest)?..)?, 2)?;
    let (day, rest) = number(rest.get(behind(rest)?..)?, 2)?;
    let date =
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|_| (2000..2100).contains(&year))?;
    let time = clock(rest);
    // More digits than a date and a time have are another number.
    (time.is_some() || !rest.first().is_some_and(u8::is_ascii_digit)).then_some((date, time))
}

/// `143000`, `_14-30`, `T1430`
fn clock(text: &[u8]) -> Option<NaiveTime> {
    let skip = |text: &[u8]| usize::from(text.first().is_some_and(|c| b"-_.:T ".contains(c)));
    let (hour, rest) = number(text.get(skip(text)..)?, 2)?;
    let (minute, rest) = number(rest.get(skip(rest)..)?, 2)?;
    let (second, rest) = rest.get(skip(rest)..).and_then(|r| number(r, 2)).unwrap_or((0, rest));
    NaiveTime::from_hms_opt(hour, minute, second).filter(|_| !rest.first().is_some_and(u8::is_ascii_digit))
}

fn number(text: &[u8], digits: usize) -> Option<(u32, &[u8])> {
    let (number, rest) = text.split_at_checked(digits)?;
    let all = number.iter().all(u8::is_ascii_digit);
    let value = number.iter().fold(0, |n, c| n * 10 + u32::from(c.wrapping_sub(b'0')));
    all.then_some((value, rest))
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
