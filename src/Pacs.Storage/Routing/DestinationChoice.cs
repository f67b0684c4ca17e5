namespace Pacs.Storage.Routing;

/// <summary>Which of several destinations get the objects.</summary>
public enum DestinationChoice
{
    /// <summary>Each of them.</summary>
    All,
    /// <summary>The first; while it is away the next, in the order given.</summary>
    Failover,
    /// <summary>One, chosen by the study, so that a study stays together; while it is away the next.</summary>
    LoadSharing,
}
