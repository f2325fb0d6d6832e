local status = obj.status or {}

-- Until the operator has seen the spec as it is now, the status tells of an earlier one, or of none.
if status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "waiting for the operator"}
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local outcome = conditions.Succeeded
if outcome == nil then
  return {status = "Progressing", message = "waiting for the operator"}
end

local health = "Progressing"
if outcome.status == "True" then
  health = "Healthy"
elseif conditions.Stalled ~= nil and conditions.Stalled.status == "True" then
  health = "Degraded"
elseif outcome.reason == "Suspended" then
  health = "Suspended"
end
return {status = health, message = outcome.reason .. ": " .. outcome.message}
