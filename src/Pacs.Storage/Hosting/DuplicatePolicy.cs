namespace Pacs.Storage.Hosting;

/// <summary>What happens to a data set whose SOP Instance UID is stored already with other bytes.</summary>
public enum DuplicatePolicy
{
    /// <summary>It takes the place of the former one, which is kept aside; but a lossy one never replaces a lossless one.</summary>
    Replace,
    /// <summary>The one already stored stays; the sender is told success.</summary>
    Keep,
    /// <summary>The one already stored stays; the sender is told failure.</summary>
    Reject,
}
