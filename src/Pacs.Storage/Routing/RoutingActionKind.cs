namespace Pacs.Storage.Routing;

/// <summary>What a rule can ask for.</summary>
public enum RoutingActionKind
{
    /// <summary>The objects are sent to peers, each by what it is: C-STORE or STOW-RS.</summary>
    Forward,
    /// <summary>Former studies of the patient are fetched from a peer.</summary>
    Prefetch,
    /// <summary>Peers are told that the study is available (Instance Availability Notification, PS3.4 Annex R), or what it consists of (Basic Study Content Notification); or webhooks of what the rule took.</summary>
    Notify,
    /// <summary>The study gets a retention class, which says when it may be deleted.</summary>
    Retention,
}
