//! The pool under every order of the steps of those who pin, change, drop and clean.

use super::*;
use os::SimDisk;
use os::sync::{explore, thread};
use wal::Urgency;

/// What a page holds at this place, besides its number before it: how often it was changed.
const COUNT_AT: usize = 100;
const NUMBER_AT: usize = 96;

fn pool() -> Arc<Pool> {
    let disk: Arc<dyn Disk> = Arc::new(SimDisk::new());
    let options = wal::Options { segment_bytes: 64 << 10, memory_bytes: 64 << 10 };
    let log = Log::open(Arc::clone(&disk), options, Lsn(0), 1).expect("an empty log");
    let pool = Pool::open(disk, log, 0).expect("an empty pool");
    pool.create_directory(1).expect("a directory");
    Arc::new(pool)
}

fn relation(file: u32) -> RelationId {
    RelationId { database: 1, file }
}

fn change(pool: &Pool, pin: &Pin<'_>, f: impl FnOnce(&mut crate::PageBytes)) {
    let mut page = pin.write();
    page.prepare(&pool.log);
    let span = pool.log.append(b"a change", Urgency::Ordinary, |_| {}).expect("room");
    f(&mut page);
    page.set_lsn(span.end);
}

fn add_page(pool: &Pool, file: u32) {
    let pin = pool.extend(relation(file)).expect("a page");
    let number = pin.id().page + 1000 * file;
    change(pool, &pin, |page| {
        page[NUMBER_AT..COUNT_AT].copy_from_slice(&number.to_le_bytes());
    });
}

fn check(page: &crate::PageBytes, id: PageId) -> u8 {
    let number = (id.page + 1000 * id.relation.file).to_le_bytes();
    assert_eq!(page[NUMBER_AT..COUNT_AT], number, "{id:?} shows another page");
    page[COUNT_AT]
}

/// With nobody at it: no frame is pinned, and the table names each page's frame and no other.
fn check_idle(pool: &Pool) {
    let mut named = 0;
    for (index, frame) in pool.frames.iter() {
        assert_eq!(frame.pins.load(Ordering::Acquire), 0, "frame {index} is pinned by nobody");
        if let Some(id) = frame.content.read().id {
            let found = pool.shard(id).lock().get(&id).copied();
            assert_eq!(found, u32::try_from(index).ok(), "where {id:?} is");
            named += 1;
        }
    }
    assert_eq!(pool.shards.iter().map(|shard| shard.lock().len()).sum::<usize>(), named);
}

fn page_of(file: u32, page: u32) -> PageId {
    PageId { relation: relation(file), page }
}

/// Changes pages of the first relation one after another; each stays the same as long as it is pinned.
fn use_pages(pool: &Pool, pages: impl IntoIterator<Item = u32>) {
    for page in pages {
        let pin = pool.pin(page_of(1, page)).expect("a page");
        check(&pin.read(), pin.id());
        change(pool, &pin, |page| page[COUNT_AT] += 1);
        check(&pin.read(), pin.id());
    }
}

/// How often its pages were changed.
fn changes_of(pool: &Pool, file: u32, pages: u32) -> u32 {
    let counts = (0..pages).map(|page| {
        let pin = pool.pin(page_of(file, page)).expect("a page");
        u32::from(check(&pin.read(), pin.id()))
    });
    counts.sum()
}

/// More pages than frames: each pin shows its own page with all changes, whoever evicts, cleans or drops others meanwhile.
#[test]
fn a_pin_shows_its_page() {
    const PAGES: u32 = 8;
    explore(1000, || {
        let pool = pool();
        pool.create(relation(1)).expect("a file");
        (0..PAGES).for_each(|_| add_page(&pool, 1));
        let users = [0, 1].map(|user| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                use_pages(&pool, (0..6).map(|step| (user * 2 + step * 7) % PAGES));
            })
        });
        let dropper = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                for _ in 0..2 {
                    pool.create(relation(2)).expect("a file");
                    (0..3).for_each(|_| add_page(&pool, 2));
                    pool.remove(relation(2)).expect("it is there");
                }
            })
        };
        let cleaner = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.clean(Lsn(u64::MAX)).expect("a disk without faults"))
        };
        users.into_iter().for_each(|user| user.join().expect("it passes"));
        dropper.join().expect("it passes");
        cleaner.join().expect("it passes");
        assert_eq!(changes_of(&pool, 1, PAGES), 12, "no change is lost");
        check_idle(&pool);
    });
}

/// Frames whose pages go are used again by those who load others at the same time, each by one.
#[test]
fn a_free_frame_is_one_page_s() {
    explore(2000, || {
        let pool = pool();
        for file in [1, 2] {
            pool.create(relation(file)).expect("a file");
            (0..4).for_each(|_| add_page(&pool, file));
        }
        pool.clean(Lsn(u64::MAX)).expect("a disk without faults");
        // Those of the second are in memory, and of the first only some.
        changes_of(&pool, 2, 4);
        let dropper = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.remove(relation(2)).expect("it is there"))
        };
        let users = [[0, 1, 2], [3, 2, 1]].map(|pages| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || use_pages(&pool, pages))
        });
        dropper.join().expect("it passes");
        users.into_iter().for_each(|user| user.join().expect("it passes"));
        check_idle(&pool);
        assert_eq!(changes_of(&pool, 1, 4), 6, "no change is lost");
    });
}

/// A page that is changed while it is about to be evicted is not.
#[test]
fn a_page_is_not_evicted_as_it_is_changed() {
    explore(2000, || {
        let pool = pool();
        pool.create(relation(1)).expect("a file");
        (0..7).for_each(|_| add_page(&pool, 1));
        pool.clean(Lsn(u64::MAX)).expect("a disk without faults");
        // The clock takes whichever is not used for some time: now all are alike.
        pool.frames.iter().for_each(|(_, frame)| frame.usage.store(0, Ordering::Relaxed));
        let users = [[0, 1], [2, 3]].map(|pages| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || use_pages(&pool, pages))
        });
        users.into_iter().for_each(|user| user.join().expect("it passes"));
        check_idle(&pool);
        assert_eq!(changes_of(&pool, 1, 7), 4, "no change is lost");
    });
}
