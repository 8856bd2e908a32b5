-- Fixes as units: what they repaired, what proves them, which issue they name, what came later.

INSERT INTO lineage_node_kinds VALUES ('function'), ('regression-test'), ('issue');

INSERT INTO lineage_edge_kinds VALUES ('repaired'), ('proved-by'), ('names'), ('changed-by');
