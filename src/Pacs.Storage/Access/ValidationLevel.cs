namespace Pacs.Storage.Access;

/// <summary>How thoroughly an object is looked at before it is taken.</summary>
public enum ValidationLevel
{
    /// <summary>It can be read, and has the UIDs that say what and where it is.</summary>
    Minimal,
    /// <summary>The Type 1 and Type 2 attributes of its IOD's mandatory modules are there, those of Type 1 with a value (PS3.3, PS3.5 §7.4).</summary>
    Iod,
    /// <summary>That, and presentation states can be applied: what they refer to and say is complete, consistent and supported.</summary>
    Thorough,
}
