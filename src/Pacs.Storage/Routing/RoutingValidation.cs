using Pacs.Dicom.Primitives;
using Pacs.Storage.Jobs;
using Pacs.Storage.Preprocessing;

namespace Pacs.Storage.Routing;

/// <summary>What is wrong with a routing rule: a sentence each, with the name of the member before it.</summary>
public static class RoutingValidation
{
    private const int MaxActions = 20;
    private const int MaxDestinations = 20;
    private const int MaxChanges = 100;
    private const int MaxText = 256;

    public static IReadOnlyList<string> Faults(RoutingRule rule)
    {
        var faults = new List<string>();
        if (!IsName(rule.Name)) faults.Add("name: 1 to 64 letters, digits, hyphens and underscores.");
        if (rule.Position < 1) faults.Add("position: at least 1.");
        if (rule.Description.Length > MaxText || rule.Description.Any(char.IsControl)) faults.Add($"description: up to {MaxText} characters, none of them a control character.");
        if (!Enum.IsDefined(rule.Trigger)) faults.Add(Names<RoutingTrigger>("trigger"));
        if (rule.QuietSeconds is < 1 or > Access.AccessValidation.MaxSeconds) faults.Add($"quietSeconds: from 1 to {Access.AccessValidation.MaxSeconds}.");
        if (rule.Condition is { } condition) new RoutingConditionReader(faults).Read(condition, "condition");
        if (rule.Actions.Count is 0 or > MaxActions || rule.Actions.Any(a => a is null)) faults.Add($"actions: 1 to {MaxActions}.");
        else for (var i = 0; i < rule.Actions.Count; i++) AddFaults(rule, rule.Actions[i], $"actions[{i}]", faults);
        return faults;
    }

    /// <summary>Of rules and retention classes.</summary>
    internal static bool IsName(string name) => name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static void AddFaults(RoutingRule rule, RoutingAction action, string name, List<string> faults)
    {
        if (!Enum.IsDefined(action.Kind))
        {
            faults.Add(Names<RoutingActionKind>($"{name}.kind"));
            return;
        }
        if (!Enum.IsDefined(action.Choice)) faults.Add(Names<DestinationChoice>($"{name}.choice"));
        if (!Enum.IsDefined(action.Priority)) faults.Add(Names<JobPriority>($"{name}.priority"));
        if (action.Anonymize is not null) faults.Add($"{name}.anonymize: this version does not anonymise; nothing would be sent as it was meant.");
        if (action.Transcode is not null) faults.Add($"{name}.transcode: this version does not transcode pixel data; the peer's rules say which native transfer syntaxes it gets.");
        var isForward = action.Kind == RoutingActionKind.Forward;
        if (action.Kind != RoutingActionKind.Retention)
        {
            if ((action.Destinations.Count == 0 && !action.TellsWebhooks) || action.Destinations.Count > MaxDestinations || action.Destinations.Distinct().Count() < action.Destinations.Count || !action.Destinations.All(d => d is not null && AeTitle.IsValid(d)))
                faults.Add($"{name}.destinations: 1 to {MaxDestinations} different AE titles of peers{(action.Kind == RoutingActionKind.Notify ? ", unless \"webhooks\" or \"webhookIds\" are told" : "")}.");
            if (action.RetentionClass is not null) faults.Add($"{name}.retentionClass: of actions of kind Retention only.");
        }
        else
        {
            if (action.Destinations.Count > 0) faults.Add($"{name}.destinations: not of an action of kind Retention.");
            if (action.RetentionClass is null || !IsName(action.RetentionClass)) faults.Add($"{name}.retentionClass: name of a retention class.");
        }
        if (!isForward && (action.Filter is not null || action.Coerce.Count > 0 || action.Commit || action.Choice != DestinationChoice.All))
            faults.Add($"{name}: filter, coerce, commit and choice are of actions of kind Forward only.");
        if (action.Filter is { } filter) new RoutingConditionReader(faults).Read(filter, $"{name}.filter", ofAttributesOnly: true);
        if (action.Coerce.Count > MaxChanges || action.Coerce.Any(c => c is null)) faults.Add($"{name}.coerce: up to {MaxChanges} changes.");
        else AttributeChanges.Read(action.Coerce, "PACS", $"{name}.coerce", faults);
        if (action.Notification is not null && action.Kind != RoutingActionKind.Notify) faults.Add($"{name}.notification: of actions of kind Notify only.");
        if (action.Webhooks && action.Kind != RoutingActionKind.Notify) faults.Add($"{name}.webhooks: of actions of kind Notify only.");
        if (action.WebhookIds.Count > 0 && (action.Kind != RoutingActionKind.Notify || action.Webhooks)) faults.Add($"{name}.webhookIds: of actions of kind Notify only, and without \"webhooks\", which are all.");
        if (action.WebhookIds.Count > MaxDestinations || action.WebhookIds.Distinct().Count() < action.WebhookIds.Count) faults.Add($"{name}.webhookIds: up to {MaxDestinations} different ones.");
        if (action.Studies is < 1 or > 100) faults.Add($"{name}.studies: from 1 to 100.");
        if (action is { Kind: RoutingActionKind.Notify, Destinations.Count: > 0 } && rule.Trigger != RoutingTrigger.Study) faults.Add($"{name}.kind: Notify tells peers of complete studies: trigger is Study.");
    }

    private static string Names<T>(string member) where T : struct, Enum => $"{member}: {string.Join(", ", Enum.GetNames<T>())}.";
}
