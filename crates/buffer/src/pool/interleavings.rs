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

/// More pages than frames: each pin shows its own page with all changes, whoever evicts, cleans or drops others meanwhile.
#[test]
fn a_pin_shows_its_page() {
    const PAGES: u32 = 18;
    explore(400, || {
        let pool = pool();
        pool.create(relation(1)).expect("a file");
        (0..PAGES).for_each(|_| add_page(&pool, 1));
        let users = [0, 1].map(|user| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                for step in 0..6 {
                    let page = (user * 2 + step * 7) % PAGES;
                    let pin = pool.pin(PageId { relation: relation(1), page }).expect("a page");
                    check(&pin.read(), pin.id());
                    change(&pool, &pin, |page| page[COUNT_AT] += 1);
                    check(&pin.read(), pin.id());
                }
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
        let pages = (0..PAGES).map(|page| PageId { relation: relation(1), page });
        let counts = pages.map(|id| u32::from(check(&pool.pin(id).expect("a page").read(), id)));
        assert_eq!(counts.sum::<u32>(), 12, "no change is lost");
    });
}
