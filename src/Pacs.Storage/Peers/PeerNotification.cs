namespace Pacs.Storage.Peers;

/// <summary>What a peer wants to be told of.</summary>
public enum PeerNotification
{
    /// <summary>Instance Availability Notification (PS3.4 Annex R) of each study that is complete.</summary>
    InstanceAvailability,

    /// <summary>Basic Study Content Notification (1.2.840.10008.1.9, retired) of each study that is complete.</summary>
    StudyContent,
}
