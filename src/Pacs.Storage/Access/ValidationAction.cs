namespace Pacs.Storage.Access;

/// <summary>What becomes of an object that its validation finds faults in.</summary>
public enum ValidationAction
{
    /// <summary>It is not stored: A900, C000.</summary>
    Refuse,
    /// <summary>It is stored, and the sender warned: B007.</summary>
    Warn,
}
