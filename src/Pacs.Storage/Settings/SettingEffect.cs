namespace Pacs.Storage.Settings;

/// <summary>When a change of a setting is in force.</summary>
public enum SettingEffect
{
    /// <summary>On the node that takes the change at once, on others within seconds; associations and requests under way go on as they began.</summary>
    AtOnce,
    /// <summary>When a process is started again.</summary>
    Restart,
    /// <summary>It cannot be changed here, but where the process is started.</summary>
    Fixed,
}
