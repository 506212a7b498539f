-- Sessions change now while they live: room on the page keeps their indexes out of it.

alter table sessions set (fillfactor = 85);
