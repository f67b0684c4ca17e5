namespace Pacs.Storage.Routing;

/// <summary>When a rule does what it asks for.</summary>
public enum RoutingTrigger
{
    /// <summary>With each object, within seconds.</summary>
    Object,
    /// <summary>When nothing has come for a series for the rule's quiet time, or its study is complete.</summary>
    Series,
    /// <summary>When the study is complete: the event of the change feed.</summary>
    Study,
}
