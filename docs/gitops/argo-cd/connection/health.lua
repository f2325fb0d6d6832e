local status = obj.status or {}

-- Until the operator has seen the spec as it is now, the status tells of an earlier one, or of none.
if status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "waiting for the operator"}
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local ready = conditions.Ready
if ready == nil then
  return {status = "Progressing", message = "waiting for the operator"}
end

local health = "Progressing"
if ready.status == "True" then
  health = "Healthy"
elseif conditions.Stalled ~= nil and conditions.Stalled.status == "True" then
  health = "Degraded"
end
return {status = health, message = ready.reason .. ": " .. ready.message}
