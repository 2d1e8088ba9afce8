-- Rows that change with every message find room on their own page: no index is touched (HOT). Nothing that changes may be indexed.
ALTER TABLE "conversation" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE "member" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE "device" SET (fillfactor = 70);

-- By default a table of 50 million rows is vacuumed after 10 million changes. A part of that at a time instead: pages of
-- what is only inserted are frozen while they are still in memory, and what RETENTION_DAYS deletes is soon room again.
ALTER TABLE "message" SET (
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
);
