using System.Collections.Frozen;

namespace Pacs.Dicom.Dictionaries;

/// <summary>The classes whose instances are stored as composite objects (PS3.4 Annex B.5, GG.3), retired ones included.</summary>
public static partial class SopClassRegistry
{
    /// <summary>Every storage SOP class, in the order of the standard.</summary>
    public static IReadOnlyList<SopClass> Storage { get; } = Registered();

    private static readonly FrozenDictionary<string, SopClass> ByUid = Storage.ToFrozenDictionary(c => c.Uid);

    public static bool IsStorage(string uid) => ByUid.ContainsKey(uid);

    private static readonly Lazy<FrozenSet<string>> OtherUids = new(() => Others().ToFrozenSet());

    /// <summary>A class, meta class or service of the standard that is no storage SOP class.</summary>
    public static bool IsOther(string uid) => OtherUids.Value.Contains(uid);

    /// <summary>"CT Image Storage"; null when it is no storage SOP class of the standard.</summary>
    public static string? NameOf(string uid) => ByUid.GetValueOrDefault(uid)?.Name;
}
