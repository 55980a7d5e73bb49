output "budget_names" {
  description = "The budgets."
  value       = [for budget in aws_budgets_budget.this : budget.name]
}
