-- A claim asks first whether a dead relay left something in the lane; what is leased at any time is little.
create index outbox_deliveries_leased on outbox_deliveries (tenant_id, target, lease_until)
  where state = 'pending' and lease_until is not null;
