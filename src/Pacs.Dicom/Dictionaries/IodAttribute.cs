using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Dictionaries;

/// <summary>What an IOD asks of one attribute (PS3.5 §7.4).</summary>
/// <param name="Tag">Of the attribute.</param>
/// <param name="Type">1: present with a value; 2: present; 3: optional, but its items have attributes that are not.</param>
public sealed record IodAttribute(Tag Tag, int Type)
{
    /// <summary>Of each item, where the attribute is a sequence.</summary>
    public IReadOnlyList<IodAttribute> Items { get; internal set; } = [];
}
